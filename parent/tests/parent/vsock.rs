//! Frames over true `AF_VSOCK`, to oneself: the kernel's own transport, without an enclave.
//!
//! Skipped where the kernel has no loopback of vsock, unless `VOUCHSAFE_VSOCK` is set, as
//! `scripts/test-enclave.sh` does in a guest that has it.

use std::io::ErrorKind;

use vouchsafe_common::limits::MAX_FRAME_BYTES;
use vouchsafe_parent::transport::{
    DialAddress, ListenAddress, Listener, Stream, StreamError, read_frame, write_frame,
};

/// The context id that means this machine (`VMADDR_CID_LOCAL` of vsock(7)).
const OWN_CID: u32 = 1;
/// Longer than any buffer of a socket, and no multiple of a write.
const LONG: usize = 3 * 1024 * 1024 + 17;

/// A listener that sends back what comes, connection by connection; `None` without vsock loopback.
async fn echo(port: u32) -> Option<DialAddress> {
    let address = DialAddress::Vsock { cid: OWN_CID, port };
    let listener = Listener::bind(&ListenAddress::Vsock { port });
    let reached = match &listener {
        Ok(_) => Stream::connect(&address).await.map(drop),
        Err(error) => Err(error.kind().into()),
    };
    if let Err(error) = reached {
        assert!(std::env::var_os("VOUCHSAFE_VSOCK").is_none(), "{error}");
        println!("SKIPPED: no loopback of vsock here: {error}");
        return None;
    }
    let listener = listener.unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, from) = listener.accept().await.unwrap();
            assert_eq!(from, Some(OWN_CID));
            tokio::spawn(async move {
                while let Ok(frame) = read_frame(&mut stream, MAX_FRAME_BYTES).await {
                    write_frame(&mut stream, &frame, MAX_FRAME_BYTES)
                        .await
                        .unwrap();
                }
            });
        }
    });
    Some(address)
}

#[tokio::test]
async fn over_true_vsock_frames_of_every_size_come_back_on_one_connection() {
    let Some(address) = echo(5006).await else {
        return;
    };
    let mut stream = Stream::connect(&address).await.unwrap();
    for length in [1, 32 * 1024 - 4, 32 * 1024, 64 * 1024 + 1, LONG] {
        let sent: Vec<u8> = (0..=250).cycle().take(length).collect();
        write_frame(&mut stream, &sent, MAX_FRAME_BYTES)
            .await
            .unwrap();
        let came = read_frame(&mut stream, MAX_FRAME_BYTES).await.unwrap();
        assert!(came == sent, "{length} bytes");
    }
}

#[tokio::test]
async fn over_true_vsock_connections_do_not_wait_for_one_another() {
    let Some(address) = echo(5007).await else {
        return;
    };
    // One that sends half a frame and nothing more.
    let mut stuck = Stream::connect(&address).await.unwrap();
    let half = [0, 0, 0, 8, 1];
    tokio::io::AsyncWriteExt::write_all(&mut stuck, &half)
        .await
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..16_u8 {
        let mut stream = Stream::connect(&address).await.unwrap();
        tasks.spawn(async move {
            let sent = vec![number; 200_000];
            write_frame(&mut stream, &sent, MAX_FRAME_BYTES)
                .await
                .unwrap();
            read_frame(&mut stream, MAX_FRAME_BYTES).await.unwrap() == sent
        });
    }
    assert_eq!(tasks.join_all().await, [true; 16]);
}

#[tokio::test]
async fn over_true_vsock_a_port_that_nobody_listens_at_is_refused_and_an_end_is_seen() {
    let Some(address) = echo(5008).await else {
        return;
    };
    let nobody = DialAddress::Vsock {
        cid: OWN_CID,
        port: 5009,
    };
    let refused = Stream::connect(&nobody).await.unwrap_err().kind();
    assert_eq!(refused, ErrorKind::ConnectionReset);
    let listener = Listener::bind(&ListenAddress::Vsock { port: 5010 }).unwrap();
    let taken = Listener::bind(&ListenAddress::Vsock { port: 5010 }).map(drop);
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::AddrInUse);
    drop(listener);
    let address_of_dropped = DialAddress::Vsock {
        cid: OWN_CID,
        port: 5010,
    };
    assert!(Stream::connect(&address_of_dropped).await.is_err());
    let mut stream = Stream::connect(&address).await.unwrap();
    // A frame that is longer than the other end takes ends the connection, from its side.
    let head = u32::try_from(MAX_FRAME_BYTES + 1).unwrap().to_be_bytes();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &head)
        .await
        .unwrap();
    let ended = read_frame(&mut stream, MAX_FRAME_BYTES).await;
    assert!(matches!(ended, Err(StreamError::Io(_))), "{ended:?}");
}
