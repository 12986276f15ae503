//! Extended headers: lines of "length key=value".

/// What of a member's extended header matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    pub name: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub sparse: bool,
}

impl Pax {
    /// Read one; none if it is not made of such lines.
    pub(super) fn parse(mut lines: &[u8]) -> Option<Self> {
        let mut found = Self::default();
        while !lines.is_empty() && lines[0] != 0 {
            let space = lines.iter().take(20).position(|byte| *byte == b' ')?;
            let length = whole(&lines[..space])? as usize;
            let line = lines.get(space + 1..length)?.strip_suffix(b"\n")?;
            let equals = line.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (&line[..equals], &line[equals + 1..]);
            match key {
                b"path" => found.name = Some(value.to_vec()),
                b"size" => found.size = Some(whole(value)?),
                _ => found.sparse |= key.starts_with(b"GNU.sparse."),
            }
            lines = &lines[length..];
        }
        Some(found)
    }
}

/// A number below 2**63, in decimal digits.
fn whole(digits: &[u8]) -> Option<u64> {
    let value = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    value.parse::<u64>().ok().filter(|value| value >> 63 == 0)
}
