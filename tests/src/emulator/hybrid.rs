//! The hybrid protocol's way from the host into a guest: one line each way, then the guest's bytes.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

/// Connects to a port of the guest.
///
/// # Errors
///
/// When nothing accepts there: the device closes the connection.
pub(super) fn connect(path: &Path, port: u32, patience: Duration) -> std::io::Result<UnixStream> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(patience))?;
    writeln!(stream, "CONNECT {port}")?;
    // Byte by byte: what follows the line is the guest's.
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
        if line.len() > 32 {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
    }
    if !line.starts_with(b"OK ") {
        return Err(std::io::ErrorKind::ConnectionRefused.into());
    }
    stream.set_read_timeout(None)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_connection_is_handed_over_after_the_devices_answer_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vm.vsock");
        let listener = UnixListener::bind(&path).unwrap();
        let device = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = [0; 13];
            stream.read_exact(&mut line).unwrap();
            stream.write_all(b"OK 5005\nhello").unwrap();
            line
        });
        let mut stream = connect(&path, 5005, Duration::from_secs(20)).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "hello");
        assert_eq!(&device.join().unwrap(), b"CONNECT 5005\n");
    }
}
