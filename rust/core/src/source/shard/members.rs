//! The members of an archive, one after the other.

use super::Damage;
use super::header::{BLOCK, Header, other, parse, until_zero};
use super::pax::Pax;
use super::window::Window;

/// Names and extended headers longer than this are no names.
const LONGEST: u64 = 1 << 20;

/// How far behind the end mark it is looked for what should not be there: archives end with a record of zeros, of 10 kB
/// as a rule.
const ZEROS: u64 = 1 << 20;

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub name: Vec<u8>,
    pub offset: u64,
    pub size: u64,
    pub kind: Kind,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    /// To another file; it has no bytes of its own.
    Link,
    Other,
}

/// Reads them in order.
pub(super) struct Members<'a> {
    pub window: Window<'a>,
    at: u64,
}

impl<'a> Members<'a> {
    pub(super) fn new(window: Window<'a>) -> Self {
        Self { window, at: 0 }
    }

    /// The next one; none at the archive's end.
    pub(super) fn next(&mut self) -> Result<Option<Member>, Damage> {
        let (mut long_name, mut pax) = (None, Pax::default());
        loop {
            let start = self.at;
            let Some(header) = self.header()? else { return Ok(None) };
            let size = if is_extension(header.kind) { header.size } else { pax.size.unwrap_or(header.size) };
            let data = self.at;
            match header.kind {
                b'L' => {
                    let text = self.text(start, size)?;
                    long_name = Some(until_zero(text).to_vec());
                }
                b'x' => {
                    let text = self.text(start, size)?;
                    pax = Pax::parse(text).ok_or_else(|| Damage::new(start, "an extended header cannot be read"))?;
                }
                // Of long links the target, of all members what is said to be common to them: nothing that matters.
                b'K' | b'g' => {}
                kind => {
                    let Header { name, .. } = header;
                    let name = pax.name.take().or(long_name).unwrap_or(name);
                    if kind == b'S' || pax.sparse {
                        let what =
                            format!("the member {} is a sparse file, which cannot be read in one piece", shown(&name));
                        return Err(Damage::new(start, what));
                    }
                    let kind = of_kind(kind, &name);
                    // As every reader has it: these have no data, whatever their size says.
                    if !matches!(header.kind, b'1'..=b'6') {
                        self.skip(start, size, &name)?;
                    }
                    return Ok(Some(Member { name, offset: data, size, kind }));
                }
            }
            self.skip(start, size, b"")?;
        }
    }

    /// The header that comes next; none at the end.
    fn header(&mut self) -> Result<Option<Header>, Damage> {
        let (start, size) = (self.at, self.window.size());
        if start == 0
            && size > 0
            && let Some(what) = other(self.window.get(0, size.min(BLOCK as u64) as usize)?)
        {
            return Err(Damage::new(
                0,
                format!("{what}, in which nothing can be found at random; unpack it to a plain .tar"),
            ));
        }
        if size - start < BLOCK as u64 {
            let what = match (start, size - start) {
                (0, 0) => "it is empty (0 bytes)",
                (_, 0) => "it ends without the end mark of an archive: it was cut off, or is not finished",
                _ => "it ends within a header: it was cut off, or is not finished",
            };
            return Err(Damage::new(start, what));
        }
        let mut block = [0; BLOCK];
        block.copy_from_slice(self.window.get(start, BLOCK)?);
        self.at += BLOCK as u64;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let first = if start == 0 { "; is it a tar archive?" } else { "" };
        parse(&block)
            .map(Some)
            .map_err(|reason| Damage::new(start, format!("there is no header of a member: {reason}{first}")))
    }

    /// Check, after the last member, that the end mark is the end: behind it no reader looks, so of joined archives all but one would be lost.
    pub(super) fn nothing_follows(&mut self) -> Result<(), Damage> {
        let end = self.window.size().min(self.at + ZEROS);
        while self.at < end {
            let count = (end - self.at).min(BLOCK as u64);
            let block = self.window.get(self.at, count as usize)?;
            if let Some(place) = block.iter().position(|byte| *byte != 0) {
                let what =
                    "something follows the end mark of the archive; were two joined? 'tar --concatenate' joins them";
                return Err(Damage::new(self.at + place as u64, what));
            }
            self.at += count;
        }
        Ok(())
    }

    /// The text of an extension.
    fn text(&mut self, start: u64, size: u64) -> Result<&[u8], Damage> {
        if size > LONGEST {
            return Err(Damage::new(start, format!("a name or extended header of {size} bytes")));
        }
        if size > self.window.size() - self.at {
            return Err(Damage::new(start, "it ends within an extended header: it was cut off, or is not finished"));
        }
        self.window.get(self.at, size as usize)
    }

    /// Go on after data of this size.
    fn skip(&mut self, start: u64, size: u64, name: &[u8]) -> Result<(), Damage> {
        let left = self.window.size() - self.at;
        if size > left {
            let name = shown(name);
            let what = format!("it ends within the member {name}, which has {size} bytes, of which {left} are there");
            return Err(Damage::new(start, what));
        }
        // What fills the last block may be missing at the very end.
        self.at += left.min(size.next_multiple_of(BLOCK as u64));
        Ok(())
    }
}

fn is_extension(kind: u8) -> bool {
    matches!(kind, b'L' | b'K' | b'x' | b'g')
}

fn of_kind(kind: u8, name: &[u8]) -> Kind {
    match kind {
        // In the oldest archives folders are files whose names end so.
        b'0' | 0 | b'7' if !name.ends_with(b"/") => Kind::File,
        b'1' | b'2' => Kind::Link,
        _ => Kind::Other,
    }
}

/// A name as messages show it.
pub(super) fn shown(name: &[u8]) -> String {
    format!("'{}'", String::from_utf8_lossy(name).escape_debug())
}
