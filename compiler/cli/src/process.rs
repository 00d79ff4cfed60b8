//! Child processes that end with this one: signals are passed on to them.

#[cfg(not(unix))]
pub(crate) use other::{Supervisor, end_by};
#[cfg(unix)]
pub(crate) use unix::{Supervisor, end_by, signal_name};

use std::process::ExitStatus;

/// The end of a child process: its status or the signal that ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has signals"))]
pub(crate) enum End {
    Status(ExitStatus),
    Signal(Signal),
}

/// A signal that has ended a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signal {
    pub(crate) number: i32,
    /// The signal was sent to this process too, not to the child alone.
    pub(crate) received: bool,
}

#[cfg(unix)]
mod unix {
    use super::{End, Signal};
    use rustix::process::{Pid, Signal as Named, kill_process};
    use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;
    use signal_hook::low_level;
    use std::fs;
    use std::io;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, ExitStatus};

    /// Returns the number of each signal, and the code that says where it is from.
    macro_rules! numbers {
        ($signals:expr) => {
            $signals.map(|info| [info.si_signo, info.si_code]).collect::<Vec<[i32; 2]>>()
        };
    }
    /// Runner of commands to their end. From its creation on, signals that would end this process go to the
    /// running child.
    pub(crate) struct Supervisor {
        signals: SignalsInfo<WithRawSiginfo>,
        received: Vec<i32>,
    }

    impl Supervisor {
        /// Begins to handle signals.
        pub(crate) fn new() -> io::Result<Supervisor> {
            let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
            let handled = passed_on(ignored(&status)).into_iter().chain([SIGCHLD]);
            Ok(Supervisor { signals: SignalsInfo::new(handled)?, received: Vec::new() })
        }

        /// Returns the first signal that this process has received and passed on, if there was one.
        pub(crate) fn first_received(&self) -> Option<i32> {
            self.received.first().copied()
        }

        /// Returns true if this process has received a signal, and passed it on.
        pub(crate) fn has_received(&self, number: i32) -> bool {
            self.received.contains(&number)
        }

        /// Runs a command to its end.
        pub(crate) fn run(&mut self, command: &mut Command) -> io::Result<End> {
            let mut child = command.spawn()?;
            let mut arrived = numbers!(self.signals.pending());
            loop {
                self.pass_on(&arrived, &std::iter::once(&child));
                if let Some(status) = child.try_wait()? {
                    return Ok(self.end(status));
                }
                arrived = numbers!(self.signals.wait());
            }
        }

        /// Runs commands to their ends, at most `at_once` at a time, in the order in which `next` gives them. None begins after a signal,
        /// or after an error of `ended`, which is returned when the others have ended.
        pub(crate) fn run_all<T, E>(
            &mut self,
            at_once: usize,
            mut next: impl FnMut() -> Result<Option<(T, Command)>, E>,
            mut ended: impl FnMut(T, End) -> Result<(), E>,
            wrong: impl Fn(io::Error) -> E,
        ) -> Result<(), E> {
            let mut running: Vec<(T, Child)> = vec![];
            let mut failed: Option<E> = None;
            loop {
                while running.len() < at_once && failed.is_none() && self.received.is_empty() {
                    let begun = next().and_then(|next| {
                        let spawn =
                            |(item, mut command): (T, Command)| Ok((item, command.spawn().map_err(&wrong)?));
                        next.map(spawn).transpose()
                    });
                    match begun {
                        Ok(Some(begun)) => running.push(begun),
                        Ok(None) => break,
                        Err(error) => failed = Some(error),
                    }
                }
                if running.is_empty() {
                    return failed.map_or(Ok(()), Err);
                }
                let (mut still, before) = (vec![], running.len());
                for (item, mut child) in running {
                    match child.try_wait().map_err(&wrong)? {
                        None => still.push((item, child)),
                        Some(status) => {
                            let end = self.end(status);
                            if let Err(error) = ended(item, end) {
                                failed.get_or_insert(error);
                            }
                        }
                    }
                }
                running = still;
                if running.len() == before {
                    // The signal of a child that has ended meanwhile is there already.
                    let arrived = numbers!(self.signals.wait());
                    self.pass_on(&arrived, &running.iter().map(|(_, child)| child));
                }
            }
        }

        /// Notes signals, and passes them on to the children that run.
        fn pass_on<'a>(
            &mut self,
            arrived: &[[i32; 2]],
            children: &(impl Iterator<Item = &'a Child> + Clone),
        ) {
            for &[number, code] in arrived.iter().filter(|[number, _]| *number != SIGCHLD) {
                self.received.push(number);
                // A signal of the kernel comes from the terminal, which sends it to the children as well.
                if code > 0 {
                    continue;
                }
                let Some(signal) = Named::from_named_raw(number) else { continue };
                let numbers = children.clone().filter_map(|child| i32::try_from(child.id()).ok());
                for pid in numbers.filter_map(Pid::from_raw) {
                    // A child keeps its number until `try_wait` has returned its status.
                    let _ = kill_process(pid, signal);
                }
            }
        }

        fn end(&self, status: ExitStatus) -> End {
            let signal = status.signal();
            signal.map_or(End::Status(status), |number| {
                End::Signal(Signal { number, received: self.received.contains(&number) })
            })
        }
    }

    /// Returns the signals to pass on. A signal that was ignored from the start, as by `nohup`, must stay so:
    /// a child begins with the default action of whatever has a handler here. Where the ignored ones are
    /// unknown, only the signal that nobody ignores is handled; the others end this process, and the program
    /// ends when it finds its parent gone.
    fn passed_on(ignored: Option<u64>) -> Vec<i32> {
        match ignored {
            Some(ignored) => [SIGTERM, SIGINT, SIGHUP, SIGQUIT]
                .into_iter()
                .filter(|signal| ignored & (1 << (signal - 1)) == 0)
                .collect(),
            None => vec![SIGTERM],
        }
    }

    /// Returns the signals that a process ignores, as Linux tells them in `/proc/self/status`: bit 0 is
    /// signal 1.
    fn ignored(status: &str) -> Option<u64> {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    }

    /// Returns the name of a signal, such as `SIGKILL`.
    pub(crate) fn signal_name(number: i32) -> Option<&'static str> {
        low_level::signal_name(number)
    }

    /// Ends this process by a signal, so that its parent sees what it has sent.
    pub(crate) fn end_by(number: i32) {
        let _ = low_level::emulate_default_handler(number);
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ignored_signals_stay_ignored() {
            let status = "Name:\tnetwright\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000000001\n";
            assert_eq!(passed_on(ignored(status)), [SIGTERM, SIGINT, SIGQUIT]);
            assert_eq!(passed_on(ignored("SigIgn:\t0000000000000000\n")), [SIGTERM, SIGINT, SIGHUP, SIGQUIT]);
            assert_eq!(passed_on(ignored("")), [SIGTERM]);
        }

        #[test]
        fn children_are_run_some_at_a_time() {
            let folder = tempfile::tempdir().unwrap();
            let run = |at_once: usize, script: &dyn Fn(i32) -> String, most: usize| {
                let (mut left, mut ended) = ((0..6).rev().collect::<Vec<i32>>(), vec![]);
                let next = || {
                    let command = |at: i32| {
                        let mut command = Command::new("sh");
                        command.args(["-c", &script(at)]).current_dir(folder.path());
                        (at, command)
                    };
                    Ok::<_, io::Error>(left.pop().map(command))
                };
                let end = |at, end| {
                    let End::Status(status) = end else { panic!("no signal was sent") };
                    assert_eq!(status.code(), Some(at));
                    ended.push(at);
                    if ended.len() < most { Ok(()) } else { Err(io::ErrorKind::Other.into()) }
                };
                let done = Supervisor::new().unwrap().run_all(at_once, next, end, |error| error);
                assert_eq!(done.is_ok(), most > 6);
                ended.sort_unstable();
                ended
            };
            // Each waits until another one has begun, so that one at a time would take for ever.
            let pairs =
                |at: i32| format!("touch {at}; while [ ! -e {} ]; do sleep 0.01; done; exit {at}", at ^ 1);
            assert_eq!(run(2, &pairs, 9), [0, 1, 2, 3, 4, 5]);
            assert_eq!(run(1, &|at| format!("exit {at}"), 3), [0, 1, 2], "none begins after an error");
        }

        #[test]
        fn a_child_is_run_to_its_end() {
            let mut supervisor = Supervisor::new().unwrap();
            let mut run = |script: &str| supervisor.run(Command::new("sh").args(["-c", script])).unwrap();
            let End::Status(status) = run("exit 3") else { panic!("no signal was sent") };
            assert_eq!(status.code(), Some(3));
            assert_eq!(run("kill -KILL $$"), End::Signal(Signal { number: 9, received: false }));
        }
    }
}

#[cfg(not(unix))]
mod other {
    use super::End;
    use std::io;
    use std::process::Command;

    /// Runner of commands to their end.
    pub(crate) struct Supervisor;

    impl Supervisor {
        pub(crate) fn new() -> io::Result<Supervisor> {
            Ok(Supervisor)
        }

        /// Returns false: there are no signals.
        pub(crate) fn has_received(&self, _: i32) -> bool {
            false
        }

        /// Returns nothing: there are no signals.
        pub(crate) fn first_received(&self) -> Option<i32> {
            None
        }

        /// Runs a command to its end.
        pub(crate) fn run(&mut self, command: &mut Command) -> io::Result<End> {
            command.status().map(End::Status)
        }

        /// Runs commands to their ends, one after another, in the order in which `next` gives them, until `ended` fails.
        pub(crate) fn run_all<T, E>(
            &mut self,
            _: usize,
            mut next: impl FnMut() -> Result<Option<(T, Command)>, E>,
            mut ended: impl FnMut(T, End) -> Result<(), E>,
            wrong: impl Fn(io::Error) -> E,
        ) -> Result<(), E> {
            while let Some((item, mut command)) = next()? {
                ended(item, End::Status(command.status().map_err(&wrong)?))?;
            }
            Ok(())
        }
    }

    /// Does nothing: there are no signals.
    pub(crate) fn end_by(_: i32) {}
}
