//! How much memory may be taken without asking.

/// What is taken where the system does not say what is free.
const UNKNOWN: usize = 1 << 30;

/// A quarter of what is free, as if `used` bytes were free too.
pub(super) fn quarter(used: usize) -> usize {
    match [machine(), container()].into_iter().flatten().min() {
        Some(free) => free.saturating_add(used) / 4,
        None => UNKNOWN,
    }
}

/// What Linux says can be had without swapping.
fn machine() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    field(&text, "MemAvailable:").map(|kilobytes| kilobytes * 1024)
}

/// What the control group leaves; pages of files that it has not used lately can be had as well.
fn container() -> Option<usize> {
    let read = |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok();
    let number = |name: &str| read(name)?.trim().parse::<usize>().ok();
    let taken = number("current")?.saturating_sub(field(&read("stat")?, "inactive_file")?);
    Some(number("max")?.saturating_sub(taken))
}

fn field(text: &str, name: &str) -> Option<usize> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields() {
        let text = "MemTotal:       100 kB\nMemAvailable:    42 kB\n";
        assert_eq!(field(text, "MemAvailable:"), Some(42));
        assert_eq!(field(text, "MemFree:"), None);
        assert_eq!(field("inactive_file 7\n", "inactive_file"), Some(7));
    }

    #[test]
    fn what_is_used_counts_as_free() {
        let (before, after) = (quarter(0), quarter(1 << 40));
        assert!(before == after || after - before >= 1 << 37, "{before}, {after}");
    }
}
