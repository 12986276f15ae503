//! One block of a tar archive as the header of a member: ustar, GNU's and the oldest.

/// Bytes of a block.
pub(super) const BLOCK: usize = 512;

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: u8,
    pub size: u64,
    pub name: Vec<u8>,
}

/// Compressed files and others that are no tar, by how they begin.
const OTHERS: [(&[u8], &str); 6] = [
    (b"\x1f\x8b", "it is compressed by gzip"),
    (b"BZh", "it is compressed by bzip2"),
    (b"\xfd7zXZ\0", "it is compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "it is compressed by zstd"),
    (b"\x04\x22\x4d\x18", "it is compressed by lz4"),
    (b"PK\x03\x04", "it is a zip archive"),
];

/// What a file that begins like this is, if it is known not to be a plain tar archive.
pub(super) fn other(begin: &[u8]) -> Option<&'static str> {
    OTHERS.iter().find(|(magic, _)| begin.starts_with(magic)).map(|(_, what)| *what)
}

/// The header in a block; the reason, if there is none.
pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Header, &'static str> {
    let sum = number(&block[148..156]).ok_or("its checksum is no number")?;
    // The field itself counts as spaces.
    let total = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let unsigned = total(block) - total(&block[148..156]) + 8 * u32::from(b' ');
    // Some wrote the sum of signed bytes.
    let signed = || {
        let negative = block.iter().enumerate().filter(|(at, byte)| **byte >= 128 && !(148..156).contains(at)).count();
        i64::from(unsigned) - 256 * negative as i64
    };
    if sum != u64::from(unsigned) && sum.cast_signed() != signed() {
        return Err("the checksum is wrong");
    }
    let size = number(&block[124..136]).ok_or("its size is no number")?;
    let mut name = until_zero(&block[..100]).to_vec();
    // In this place GNU's has times.
    if block[257..263] == *b"ustar\0" {
        let prefix = until_zero(&block[345..500]);
        if !prefix.is_empty() {
            name = [prefix, b"/", &name].concat();
        }
    }
    Ok(Header { kind: block[156], size, name })
}

/// A number: octal digits in text, or GNU's, binary behind a first bit that is set.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (high, low) = field.split_at(field.len() - size_of::<u64>().min(field.len() - 1));
        let positive = high[0] == 0x80 && high[1..].iter().all(|byte| *byte == 0);
        let value = low.iter().try_fold(0_u64, |value, byte| Some(value.checked_mul(256)? + u64::from(*byte)));
        return value.filter(|value| positive && value >> 63 == 0);
    }
    let digits = until_zero(field).trim_ascii();
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => Some((value << 3) + u64::from(digit - b'0')),
        _ => None,
    })
}

/// A field up to its first zero.
pub(super) fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}
