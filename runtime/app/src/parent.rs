//! The end of the process that has started this one.

/// Ends this process when its parent ends, in whatever way: nobody would know of a training that goes on alone.
#[cfg(target_os = "linux")]
pub(super) fn follow(parent: u32) {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // Like the signal that a parent passes on. A kernel that cannot do it leaves things as they were.
    let _ = set_parent_process_death_signal(Some(Signal::TERM));
    // It may have ended before.
    end_if_gone(parent);
}

/// Ends this process when its parent ends, in whatever way: nobody would know of a training that goes on alone.
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn follow(parent: u32) {
    std::thread::spawn(move || {
        loop {
            end_if_gone(parent);
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    });
}

/// Does nothing: only Unix tells a process that its parent has ended.
#[cfg(not(unix))]
pub(super) fn follow(_: u32) {}

#[cfg(unix)]
fn end_if_gone(parent: u32) {
    if std::os::unix::process::parent_id() != parent {
        std::process::exit(1);
    }
}
