//! The enclave's door: what it may have, and that it may have nothing else.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::time::timeout;
use vouchsafe_common::egress::{EgressAnswer, EgressQuery, EgressRefusal};
use vouchsafe_common::limits::MAX_EGRESS_FRAME_BYTES;
use vouchsafe_parent::transport::{read_frame, write_frame};

use crate::support::{TestParent, eventually};

async fn dial(parent: &TestParent) -> UnixStream {
    UnixStream::connect(parent.folder.path().join("egress"))
        .await
        .unwrap()
}

async fn hear(stream: &mut UnixStream) -> EgressAnswer {
    let read = read_frame(stream, MAX_EGRESS_FRAME_BYTES);
    EgressAnswer::decode(
        &timeout(Duration::from_secs(5), read)
            .await
            .unwrap()
            .unwrap(),
    )
    .unwrap()
}

async fn ask(parent: &TestParent, query: &EgressQuery) -> (UnixStream, EgressAnswer) {
    let mut stream = dial(parent).await;
    write_frame(&mut stream, &query.encode(), 1024)
        .await
        .unwrap();
    let answer = hear(&mut stream).await;
    (stream, answer)
}

fn connect_to(host: &str, port: u16) -> EgressQuery {
    EgressQuery::Connect {
        host: host.to_owned(),
        port,
    }
}

fn refusal(answer: &EgressAnswer) -> EgressRefusal {
    match answer {
        EgressAnswer::Refused { code } => *code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_tunnel_to_an_allowed_host_carries_bytes_both_ways() {
    let host = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = host.local_addr().unwrap().port();
    let top = format!("egress_allow = [\"127.0.0.1:{port}\"]");
    let parent = TestParent::start_with(1, &top, "").await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = host.accept().await.unwrap();
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).await.unwrap();
        stream.write_all(&vec![7; 100_000]).await.unwrap();
        hello
    });
    let (mut stream, answer) = ask(&parent, &connect_to("127.0.0.1", port)).await;
    assert!(matches!(answer, EgressAnswer::Connected));
    stream.write_all(b"hello").await.unwrap();
    let mut back = Vec::new();
    stream.read_to_end(&mut back).await.unwrap();
    assert_eq!((&served.await.unwrap(), back.len()), (b"hello", 100_000));
    drop(stream);
    eventually(async || {
        parent.metric("vouchsafe_egress_sent_bytes_total").await == 5
            && parent.metric("vouchsafe_egress_received_bytes_total").await == 100_000
    })
    .await;
}

#[tokio::test]
async fn what_is_not_on_the_list_is_never_connected_to() {
    let host = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = host.local_addr().unwrap().port();
    let top = format!("egress_allow = [\"localhost:{port}\"]");
    let parent = TestParent::start_with(1, &top, "").await;
    for (name, port) in [
        ("127.0.0.1", port),
        ("localhost.", port),
        ("LOCALHOST", port),
        ("localhost", port ^ 1),
        ("169.254.169.254", 80),
        ("localhost\0.evil", port),
        ("", port),
    ] {
        let (_, answer) = ask(&parent, &connect_to(name, port)).await;
        assert_eq!(refusal(&answer), EgressRefusal::NotAllowed, "{name}:{port}");
    }
    assert_eq!(parent.metric("vouchsafe_egress_refused_total").await, 7);
    let nobody = timeout(Duration::from_millis(50), host.accept()).await;
    assert!(nobody.is_err(), "a connection was made");
}

#[tokio::test]
async fn what_is_not_a_query_is_malformed() {
    let limits = "[egress_limits]\nfirst_frame_ms = 200";
    let parent = TestParent::start(limits).await;
    let frames: [&[u8]; 5] = [
        &[0, 0, 0, 0],
        &[0xff; 4],
        &[0, 0, 0x10, 0],
        &[0, 0, 0, 2, 1, 2],
        &[0, 0],
    ];
    for bytes in frames {
        let mut stream = dial(&parent).await;
        stream.write_all(bytes).await.unwrap();
        assert_eq!(
            refusal(&hear(&mut stream).await),
            EgressRefusal::Malformed,
            "{bytes:?}"
        );
        assert_eq!(
            stream.read(&mut [0]).await.unwrap(),
            0,
            "the stream is closed"
        );
    }
    let whole = connect_to("h", 1).encode();
    for cut in 0..whole.len() {
        let mut stream = dial(&parent).await;
        stream
            .write_all(&u32::try_from(cut).unwrap().to_be_bytes())
            .await
            .unwrap();
        stream.write_all(&whole[..cut]).await.unwrap();
        assert_eq!(
            refusal(&hear(&mut stream).await),
            EgressRefusal::Malformed,
            "cut at {cut}"
        );
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let top = format!("egress_allow = [\"127.0.0.1:{port}\"]");
    let parent = TestParent::start_with(1, &top, "").await;
    let (_, answer) = ask(&parent, &connect_to("127.0.0.1", port)).await;
    assert_eq!(refusal(&answer), EgressRefusal::Unreachable);
}

#[tokio::test]
async fn connects_over_the_rate_are_refused() {
    let host = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = host.local_addr().unwrap().port();
    let top = format!("egress_allow = [\"127.0.0.1:{port}\"]");
    let limits = "[egress_limits]\nconnects_per_second = 1";
    let parent = TestParent::start_with(1, &top, limits).await;
    let mut connected = 0;
    loop {
        let (_, answer) = ask(&parent, &connect_to("127.0.0.1", port)).await;
        match answer {
            EgressAnswer::Connected => connected += 1,
            refused => break assert_eq!(refusal(&refused), EgressRefusal::Busy),
        }
    }
    assert!((2..20).contains(&connected), "{connected}");
}

#[tokio::test]
async fn streams_over_the_bound_are_refused_and_room_comes_back() {
    let limits = "[egress_limits]\nconnections = 1";
    let parent = TestParent::start(limits).await;
    let silent = dial(&parent).await;
    eventually(async || {
        let (_, answer) = ask(&parent, &EgressQuery::Boot).await;
        matches!(
            answer,
            EgressAnswer::Refused {
                code: EgressRefusal::Busy
            }
        )
    })
    .await;
    drop(silent);
    eventually(async || {
        let (_, answer) = ask(&parent, &EgressQuery::Boot).await;
        matches!(answer, EgressAnswer::Boot(_))
    })
    .await;
}

#[tokio::test]
async fn an_idle_tunnel_is_closed() {
    let host = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = host.local_addr().unwrap().port();
    let top = format!("egress_allow = [\"127.0.0.1:{port}\"]");
    let limits = "[egress_limits]\nidle_timeout_ms = 100";
    let parent = TestParent::start_with(1, &top, limits).await;
    let (mut stream, _) = ask(&parent, &connect_to("127.0.0.1", port)).await;
    let read = timeout(Duration::from_secs(3), stream.read(&mut [0])).await;
    assert_eq!(read.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn static_credentials_are_handed_over() {
    let tables = "[credentials]\nsource = \"static\"\naccess_key_id = \"AKIDMOCK\"\nsecret_access_key = \"s3cret\"\nsession_token = \"t0ken\"";
    let parent = TestParent::start(tables).await;
    let (_, answer) = ask(&parent, &EgressQuery::Credentials).await;
    let EgressAnswer::Credentials(credentials) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(credentials.access_key_id, "AKIDMOCK");
    assert_eq!(credentials.secret_access_key.expose_secret(), "s3cret");
    assert_eq!(
        credentials.session_token.as_ref().unwrap().expose_secret(),
        "t0ken"
    );
    assert_eq!(credentials.expires_at, None);
}

#[tokio::test]
async fn boot_material_is_read_anew_each_time_and_within_bounds() {
    let parent = TestParent::start("").await;
    let (_, answer) = ask(&parent, &EgressQuery::Boot).await;
    let EgressAnswer::Boot(material) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(material.trust_anchor, "the anchor");
    assert_eq!(material.bundle, "the bundle");
    assert_eq!(material.roots, ["a root"]);

    std::fs::write(parent.folder.path().join("bundle"), "another").unwrap();
    let (_, answer) = ask(&parent, &EgressQuery::Boot).await;
    let EgressAnswer::Boot(material) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(material.bundle, "another");

    std::fs::write(
        parent.folder.path().join("bundle"),
        vec![0; 1024 * 1024 + 1],
    )
    .unwrap();
    let (_, answer) = ask(&parent, &EgressQuery::Boot).await;
    assert_eq!(refusal(&answer), EgressRefusal::NoBootMaterial);
    std::fs::remove_file(parent.folder.path().join("bundle")).unwrap();
    let (_, answer) = ask(&parent, &EgressQuery::Boot).await;
    assert_eq!(refusal(&answer), EgressRefusal::NoBootMaterial);
}
