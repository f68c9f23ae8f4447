//! Frames between the enclave's ends of streams over true `AF_VSOCK`, to oneself.
//!
//! Skipped where the kernel has no loopback of vsock, unless `VOUCHSAFE_VSOCK` is set, as
//! `scripts/test-enclave.sh` does in a guest that has it.

#![cfg(feature = "mock")]
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;

use vouchsafe_common::limits::MAX_FRAME_BYTES;
use vouchsafe_enclave::transport::{
    DialAddress, FrameIoError, ListenAddress, Listener, Stream, dial, read_frame, write_frame,
};

/// The context id that means this machine (`VMADDR_CID_LOCAL` of vsock(7)).
const OWN_CID: u32 = 1;
/// Longer than any buffer of a socket, and no multiple of a write.
const LONG: usize = 3 * 1024 * 1024 + 17;
const PATIENCE: Duration = Duration::from_secs(20);

/// Both ends of a stream over a port; `None` without vsock loopback.
async fn pair(port: u32) -> Option<(Stream, Stream)> {
    let connected = async {
        let listener = Listener::bind(&ListenAddress::Vsock { port })?;
        let dialled = dial(&DialAddress::Vsock { cid: OWN_CID, port }).await?;
        Ok::<_, std::io::Error>((listener.accept().await?, dialled))
    };
    match connected.await {
        Ok(pair) => Some(pair),
        Err(error) => {
            assert!(std::env::var_os("VOUCHSAFE_VSOCK").is_none(), "{error}");
            println!("SKIPPED: no loopback of vsock here: {error}");
            None
        }
    }
}

#[tokio::test]
async fn over_true_vsock_frames_of_every_size_arrive_whole() {
    let Some((mut served, mut dialled)) = pair(5005).await else {
        return;
    };
    for length in [1, 32 * 1024 - 4, 32 * 1024, 64 * 1024 + 1, LONG] {
        let sent: Vec<u8> = (0..=250).cycle().take(length).collect();
        let (written, came) = tokio::join!(
            write_frame(&mut dialled, &sent, MAX_FRAME_BYTES, PATIENCE),
            read_frame(&mut served, MAX_FRAME_BYTES, PATIENCE, PATIENCE),
        );
        written.unwrap();
        assert!(came.unwrap() == Some(sent), "{length} bytes");
    }
    drop(dialled);
    let end = read_frame(&mut served, MAX_FRAME_BYTES, PATIENCE, PATIENCE).await;
    assert_eq!(end.unwrap(), None);
}

#[tokio::test]
async fn over_true_vsock_a_peer_that_does_not_read_is_given_up_and_so_is_one_that_does_not_write() {
    let Some((mut served, mut dialled)) = pair(5015).await else {
        return;
    };
    let soon = Duration::from_millis(200);
    let slow = read_frame(&mut served, MAX_FRAME_BYTES, soon, soon).await;
    assert!(matches!(slow, Err(FrameIoError::Deadline)), "{slow:?}");
    // More than the kernel holds for a peer.
    let unread = write_frame(&mut dialled, &vec![0; LONG], MAX_FRAME_BYTES, soon).await;
    assert!(matches!(unread, Err(FrameIoError::Deadline)), "{unread:?}");
}
