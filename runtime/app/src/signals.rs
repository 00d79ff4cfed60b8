//! Signals that end a training: the first after its step, the second at once.

#[cfg(unix)]
pub(super) use unix::{received, release, watch};

#[cfg(unix)]
mod unix {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::{fs, io};

    struct Signals {
        /// The last signal since a training began; 0 if there was none.
        received: Arc<AtomicUsize>,
        /// True if the next signal ends the process at once.
        last: Arc<AtomicBool>,
    }

    static SIGNALS: OnceLock<Signals> = OnceLock::new();

    /// Lets the next signal be [received] instead of ending the process.
    pub(crate) fn watch() {
        let signals = SIGNALS.get_or_init(|| {
            let signals = Signals { received: Arc::default(), last: Arc::default() };
            let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
            for signal in handled(&status) {
                // What cannot be handled ends the process, as it always does.
                let _ = handle(signal, &signals);
            }
            signals
        });
        signals.received.store(0, Ordering::SeqCst);
        signals.last.store(false, Ordering::SeqCst);
    }

    /// Lets signals end the process again.
    pub(crate) fn release() {
        if let Some(signals) = SIGNALS.get() {
            signals.last.store(true, Ordering::SeqCst);
        }
    }

    /// Returns the code to exit with if a signal has come.
    pub(crate) fn received() -> Option<u8> {
        let signal = SIGNALS.get()?.received.load(Ordering::Relaxed);
        (signal > 0).then(|| code(signal as i32) as u8)
    }

    /// Returns the code with which shells say that a signal has ended a process.
    fn code(signal: i32) -> i32 {
        128 + signal
    }

    fn handle(signal: i32, Signals { received, last }: &Signals) -> io::Result<()> {
        // Handlers run in this order.
        flag::register_conditional_shutdown(signal, code(signal), last.clone())?;
        flag::register(signal, last.clone())?;
        flag::register_usize(signal, received.clone(), signal as usize)?;
        Ok(())
    }

    /// Returns the signals to handle: those that were not ignored from the start, as by `nohup`. Where that is unknown, only the one that
    /// nobody ignores.
    fn handled(status: &str) -> Vec<i32> {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        match mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
            Some(ignored) => {
                let is_open = |signal: &i32| ignored & (1 << (signal - 1)) == 0;
                [SIGTERM, SIGINT, SIGHUP].into_iter().filter(is_open).collect()
            }
            None => vec![SIGTERM],
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ignored_signals_stay_ignored() {
            assert_eq!(handled("Name:\tx\nSigIgn:\t0000000000000001\n"), [SIGTERM, SIGINT]);
            assert_eq!(handled("SigIgn:\t0000000000000002\n"), [SIGTERM, SIGHUP]);
            assert_eq!(handled(""), [SIGTERM]);
        }
    }
}

#[cfg(not(unix))]
pub(super) fn watch() {}

#[cfg(not(unix))]
pub(super) fn release() {}

/// Returns nothing: only Unix has signals.
#[cfg(not(unix))]
pub(super) fn received() -> Option<u8> {
    None
}
