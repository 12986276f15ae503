//! A regular file, read whole.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Files of this many bytes and more are refused.
pub(super) const TOO_LARGE: u64 = 1 << 31;

/// Read a file into `content`; the reason, if that cannot be done.
pub(super) fn read(path: &Path, content: &mut Vec<u8>) -> Result<Metadata, String> {
    content.clear();
    let (file, metadata) = open(path)?;
    if metadata.len() >= TOO_LARGE {
        return Err(format!("it has {} bytes, and files of 2**31 bytes and more are not read", metadata.len()));
    }
    let told = |reason: io::Error| format!("it cannot be read: {reason}");
    content
        .try_reserve(metadata.len() as usize + 1)
        .map_err(|reason| format!("there is no memory for it: {reason}"))?;
    // It may grow meanwhile, or be one of those that the system makes up as they are read.
    file.take(TOO_LARGE).read_to_end(content).map_err(told)?;
    match content.len() as u64 {
        0 => Err("it is empty (0 bytes)".to_owned()),
        TOO_LARGE.. => Err("it has 2**31 bytes and more, which are not read".to_owned()),
        _ => Ok(metadata),
    }
}

/// Open a regular file; the reason, if that cannot be done.
pub(crate) fn open(path: &Path) -> Result<(File, Metadata), String> {
    let told = |reason: io::Error| match reason.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied; let this user read it".to_owned(),
        _ => format!("it cannot be opened: {reason}"),
    };
    let mut options = OpenOptions::new();
    options.read(true);
    // Without it, to open a FIFO that nobody writes to would wait for ever; regular files know no difference.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(told)?;
    let metadata = file.metadata().map_err(told)?;
    if metadata.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    Ok((file, metadata))
}

/// Fill `content` with the bytes of a file from `offset` on; the reason, if that cannot be done. Other threads may read
/// the same file meanwhile.
pub(crate) fn exactly(file: &File, mut offset: u64, mut content: &mut [u8]) -> Result<(), String> {
    while !content.is_empty() {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, content, offset);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, content, offset);
        match read {
            Ok(0) => return Err(format!("its file ends at byte {offset}, before it does")),
            Ok(count) => {
                content = &mut content[count..];
                offset += count as u64;
            }
            Err(reason) if reason.kind() == ErrorKind::Interrupted => {}
            Err(reason) => return Err(format!("it cannot be read: {reason}")),
        }
    }
    Ok(())
}
