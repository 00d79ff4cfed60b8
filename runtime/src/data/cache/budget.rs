//! Memory that decoded samples may take.

use std::fs;

/// Free memory where the system does not say how much there is.
const USUAL: u64 = 4 << 30;

/// Returns the bytes that decoded samples may take: half of the free memory.
pub(crate) fn budget() -> u64 {
    free().unwrap_or(USUAL) / 2
}

/// Returns the bytes of memory that are free; `None` if the system does not say it in a file.
fn free() -> Option<u64> {
    let read = |file: &str| fs::read_to_string(file).ok();
    let whole = available(&read("/proc/meminfo")?)?;
    let number = |file: &str| read(file)?.trim().parse::<u64>().ok();
    // A container has a limit of its own.
    let limit = number("/sys/fs/cgroup/memory.max").map(|most| {
        let used = number("/sys/fs/cgroup/memory.current").unwrap_or(0);
        most.saturating_sub(used)
    });
    Some(limit.map_or(whole, |limit| limit.min(whole)))
}

/// Returns the bytes that Linux says are available.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_a_line_of_the_system() {
        let text = "MemTotal:       24567890 kB\nMemAvailable:   20480000 kB\n";
        assert_eq!(available(text), Some(20_480_000 * 1024));
        assert_eq!(available("MemAvailable: many kB"), None);
        assert_eq!(available(""), None);
        assert!(budget() > 0);
    }
}
