//! The report of a training on its way, served to this machine alone.

use super::page::{self, STILL};
use super::{Facts, PAGE};
use crate::error::Error;
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tiny_http::{Header, Method, Request, Response, Server};

/// The time that a reader's browser has to fetch the last page.
const LINGER: Duration = Duration::from_secs(3);
/// The time between two looks at whether the training is over.
const PAUSE: Duration = Duration::from_millis(200);

/// A server of a page, until it ends.
pub(crate) struct Watch {
    address: String,
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// The reports that a server shows, and to whom.
struct Shown {
    /// The folders of the reports of which the newest is shown.
    folders: Vec<PathBuf>,
    /// Facts of earlier trainings are not shown: the seconds from 1970 to the beginning of this one.
    since: f64,
    hosts: [String; 2],
}

impl Watch {
    /// Begins to serve; a free port is taken if `port` is 0.
    ///
    /// # Errors
    /// If the port cannot be used.
    pub(crate) fn begin(folders: Vec<PathBuf>, port: u16, since: f64) -> Result<Watch, Error> {
        let unfit = |cause: String| Error::Unfit {
            message: format!("the report cannot be served at port {port} of this machine: {cause}"),
            help: "choose another port by `--watch=PORT`, or leave the port out".into(),
        };
        let server = Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|cause| unfit(cause.to_string()))?;
        let port = server.server_addr().to_ip().map(|address| address.port());
        let port = port.ok_or_else(|| unfit("it has no address".into()))?;
        let hosts = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}"));
        let address = format!("http://{}/", hosts[0]);
        let over = Arc::new(AtomicBool::new(false));
        let (shown, ends) = (Shown { folders, since, hosts }, over.clone());
        let thread = thread::spawn(move || serve(&server, &shown, &ends));
        Ok(Watch { address, over, thread })
    }

    /// Returns the address for a browser.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends the server; a browser that is there can fetch the last page before.
    pub(crate) fn end(self) {
        self.over.store(true, Ordering::SeqCst);
        // A thread that has panicked serves no more.
        let _ = self.thread.join();
    }
}

fn serve(server: &Server, shown: &Shown, over: &AtomicBool) {
    let mut last: Option<Instant> = None;
    let mut ending: Option<Instant> = None;
    loop {
        if over.load(Ordering::SeqCst) {
            let since = *ending.get_or_insert_with(Instant::now);
            // Nobody has asked for long, so nobody is waiting.
            let is_watched = last.is_some_and(|last| last + 2 * LINGER > since);
            if !is_watched || since.elapsed() > LINGER {
                return;
            }
        }
        match server.recv_timeout(PAUSE) {
            Ok(Some(request)) => {
                let is_last = ending.is_some() && request.url() == "/";
                answer(request, shown);
                last = Some(Instant::now());
                if is_last {
                    return;
                }
            }
            Ok(None) => {}
            Err(_) => return,
        }
    }
}

fn answer(request: Request, shown: &Shown) {
    let host = request.headers().iter().find(|header| header.field.equiv("Host"));
    let host = host.map(|header| header.value.as_str().to_string()).unwrap_or_default();
    // A page from elsewhere must not read this one under a name of its own.
    let is_own = shown.hosts.contains(&host);
    let (code, text) = match (request.method(), request.url()) {
        _ if !is_own => (403, "This page is for this machine alone.".to_string()),
        (Method::Get | Method::Head, "/") => (200, current(shown)),
        _ => (404, "There is nothing else here.".to_string()),
    };
    let header = |name: &str, value: &str| Header::from_bytes(name.as_bytes(), value.as_bytes()).ok();
    let kind = if code == 200 { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" };
    let mut response = Response::from_string(text).with_status_code(code);
    let headers = [
        header("Content-Type", kind),
        header("Cache-Control", "no-store"),
        header("X-Content-Type-Options", "nosniff"),
    ];
    headers.into_iter().flatten().for_each(|header| response.add_header(header));
    // A browser that has gone away needs no answer.
    let _ = request.respond(response);
}

/// Returns the page as it is now.
fn current(shown: &Shown) -> String {
    let facts = shown.folders.iter().filter_map(|folder| Facts::read(folder).ok());
    let newest =
        facts.filter(|facts| facts.begun() >= shown.since).max_by(|a, b| a.begun().total_cmp(&b.begun()));
    let made = newest.map(|facts| match facts.text("state") {
        // It is on the disk, or soon will be.
        "running" => super::page(&facts).map(|page| page.html),
        _ => fs::read_to_string(facts.folder().join(PAGE))
            .or_else(|_| super::page(&facts).map(|page| page.html)),
    });
    match made {
        Some(Ok(html)) => page::live(&html),
        Some(Err(error)) => page::waiting(&format!("The page cannot be made: {error}")),
        None => page::waiting(STILL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn ask(watch: &Watch, path: &str, host: Option<&str>) -> String {
        let own = watch.address().trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(own).unwrap();
        let host = host.unwrap_or(own);
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_page_is_served_to_this_machine_alone() {
        let folder = tempfile::tempdir().unwrap();
        super::super::tests::facts(folder.path(), "running");
        let watch = Watch::begin(vec![folder.path().into()], 0, 0.0).unwrap();
        assert!(watch.address().starts_with("http://127.0.0.1:"));
        let page = ask(&watch, "/", None);
        assert!(
            page.starts_with("HTTP/1.1 200") && page.contains("id=\"curves\"") && page.contains("<script>"),
            "{page}"
        );
        assert!(ask(&watch, "/facts.json", None).starts_with("HTTP/1.1 404"));
        assert!(ask(&watch, "/", Some("example.org")).starts_with("HTTP/1.1 403"));
        let start = Instant::now();
        watch.end();
        assert!(start.elapsed() < 2 * LINGER);
    }

    #[test]
    fn before_the_first_facts_a_page_waits() {
        let watch = Watch::begin(vec!["nowhere".into()], 0, 0.0).unwrap();
        assert!(ask(&watch, "/", None).contains(STILL));
        let port: u16 = watch.address().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        let Err(taken) = Watch::begin(vec![], port, 0.0) else { panic!("the port is taken") };
        assert!(taken.to_string().contains(&format!("at port {port}")), "{taken}");
        watch.end();
    }
}
