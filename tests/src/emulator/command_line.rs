//! The part of the guest's command line that is not in the image and not measured.

/// What QEMU adds to the measured command line, as Nitro adds the addresses of its devices.
///
/// This machine has no keyboard controller to reset it (`reboot=k`) and nothing that a clock could
/// be compared with. Its time stamp counter is the host's, so the host's frequency is given to it.
/// What the kernel says would go through the emulated console letter by letter, hence `quiet`.
pub(super) fn unmeasured() -> String {
    let frequency = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| time_stamp_khz(&text))
        .map_or_else(String::new, |khz| format!(" tsc_early_khz={khz}"));
    format!("quiet reboot=t no_timer_check tsc=reliable{frequency}")
}

/// The frequency of the time stamp counter: Linux counts two bogomips for each MHz of it.
fn time_stamp_khz(cpuinfo: &str) -> Option<u64> {
    let line = cpuinfo.lines().find(|line| line.starts_with("bogomips"))?;
    let (whole, hundredths) = line.split_once(':')?.1.trim().split_once('.')?;
    let whole: u64 = whole.parse().ok()?;
    let hundredths: u64 = hundredths.parse().ok().filter(|&part| part < 100)?;
    Some((whole * 100 + hundredths) * 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frequency_of_the_guests_counter_is_that_of_the_hosts() {
        let cpuinfo = "cpu MHz\t\t: 1199.998\nbogomips\t: 5199.99\n";
        assert_eq!(time_stamp_khz(cpuinfo), Some(2_599_995));
        assert_eq!(time_stamp_khz("cpu MHz\t\t: 1199.998\n"), None);
    }
}
