//! What the kernel says that a process has used.

/// `USER_HZ`: the unit of times in `/proc/PID/stat` is 10 ms on every Linux that we run on.
const TICK_US: f64 = 10_000.0;

/// CPU time of all threads of a process so far, user and system, in microseconds (proc(5): utime +
/// stime).
pub(super) fn cpu_us(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in parentheses may hold anything; fields are counted from behind it.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next().unwrap().parse::<u32>().unwrap();
    TICK_US * f64::from(ticks() + ticks())
}

/// Resident memory of a process in KiB (`VmRSS`).
pub(super) fn resident_kib(pid: u32) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_and_its_time_never_runs_back() {
        let pid = std::process::id();
        let before = cpu_us(pid);
        assert!(resident_kib(pid) > 100);
        assert!(cpu_us(pid) >= before);
    }
}
