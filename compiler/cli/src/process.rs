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
    use std::process::Command;

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

        /// Returns true if this process has received a signal, and passed it on.
        pub(crate) fn has_received(&self, number: i32) -> bool {
            self.received.contains(&number)
        }

        /// Runs a command to its end.
        pub(crate) fn run(&mut self, command: &mut Command) -> io::Result<End> {
            let mut child = command.spawn()?;
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            let mut arrived: Vec<_> = self.signals.pending().collect();
            loop {
                for info in arrived.iter().filter(|info| info.si_signo != SIGCHLD) {
                    self.received.push(info.si_signo);
                    // A signal of the kernel comes from the terminal, which sends it to the child as well.
                    let sent_by_a_process = info.si_code <= 0;
                    if let Some((pid, signal)) = pid.zip(Named::from_named_raw(info.si_signo))
                        && sent_by_a_process
                    {
                        // The child keeps its number until `try_wait` has returned its status.
                        let _ = kill_process(pid, signal);
                    }
                }
                if let Some(status) = child.try_wait()? {
                    let signal = status.signal();
                    return Ok(signal.map_or(End::Status(status), |number| {
                        End::Signal(Signal { number, received: self.received.contains(&number) })
                    }));
                }
                arrived = self.signals.wait().collect();
            }
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

        /// Runs a command to its end.
        pub(crate) fn run(&mut self, command: &mut Command) -> io::Result<End> {
            command.status().map(End::Status)
        }
    }

    /// Does nothing: there are no signals.
    pub(crate) fn end_by(_: i32) {}
}
