//! The whole server over TLS: what a client meets, and what a hostile one gets.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::super::client::{CallError, KmsClient};
use super::super::control;
use super::*;
use crate::install;

fn installation() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    install::init(
        directory.path(),
        DEFAULT_REGION,
        std::time::SystemTime::now(),
    )
    .unwrap();
    directory
}

async fn start(state: &tempfile::TempDir) -> (RunningKms, KmsClient) {
    let running = KmsServer::start(KmsConfig::local(state.path()))
        .await
        .unwrap();
    let client = KmsClient::new(state.path(), &running.endpoint, DEFAULT_REGION).unwrap();
    (running, client)
}

/// A TLS connection as any client has it.
async fn connect(running: &RunningKms) -> tokio_rustls::client::TlsStream<TcpStream> {
    let address = running.endpoint.strip_prefix("https://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let config = tls::client_config(&running.ca_pem).unwrap();
    let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

/// Sends bytes and returns all that comes back.
async fn raw(running: &RunningKms, request: &[u8]) -> String {
    let mut stream = connect(running).await;
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is as good as its end.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn keys_outlive_the_server() {
    let state = installation();
    let (running, client) = start(&state).await;
    let made = client.call("admin", "CreateKey", &json!({})).await.unwrap();
    let arn = made.body["KeyMetadata"]["Arn"].clone();
    drop(running);
    let (_running, client) = start(&state).await;
    let found = client
        .call("admin", "DescribeKey", &json!({"KeyId": arn}))
        .await
        .unwrap();
    assert_eq!(found.body["KeyMetadata"]["Arn"], arn);
}

#[tokio::test]
async fn a_refusal_has_the_names_and_headers_of_aws() {
    let state = installation();
    let (running, client) = start(&state).await;
    let refused = client
        .call("writer", "CreateKey", &json!({}))
        .await
        .unwrap();
    assert_eq!(refused.status, 400);
    assert_eq!(refused.error(), Some("AccessDeniedException"));
    assert!(
        refused.body["Message"]
            .as_str()
            .unwrap()
            .contains("kms:CreateKey")
    );

    let answer = raw(
        &running,
        b"POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: TrentService.ListKeys\r\n\
          content-length: 2\r\nconnection: close\r\n\r\n{}",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("x-amzn-errortype: MissingAuthenticationTokenException"));
    assert!(answer.contains("content-type: application/x-amz-json-1.1"));
    assert!(answer.contains("x-amzn-requestid: "));
    assert_eq!(
        running.control.counters().errors["MissingAuthenticationTokenException"],
        1
    );
    assert!(!running.control.counters().calls.contains_key("ListKeys"));
}

#[tokio::test]
async fn other_methods_paths_and_targets_are_unknown() {
    let state = installation();
    let (running, _) = start(&state).await;
    for head in [
        "GET / HTTP/1.1\r\nx-amz-target: TrentService.ListKeys",
        "POST /other HTTP/1.1\r\nx-amz-target: TrentService.ListKeys",
        "POST / HTTP/1.1\r\nx-amz-target: TrentService.Explode",
        "POST / HTTP/1.1",
    ] {
        let request =
            format!("{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let answer = raw(&running, request.as_bytes()).await;
        assert!(
            answer.contains("UnknownOperationException"),
            "{head}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_unread() {
    let state = installation();
    let (running, _) = start(&state).await;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        MAX_BODY_BYTES + 1
    );
    let mut request = head.into_bytes();
    request.resize(request.len() + MAX_BODY_BYTES + 1, b' ');
    let mut stream = connect(&running).await;
    // The server may answer and close before it has all of it.
    let _ = stream.write_all(&request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("RequestEntityTooLargeException"));
}

#[tokio::test]
async fn a_client_of_another_installation_does_not_connect() {
    let (state, other) = (installation(), installation());
    let (running, _) = start(&state).await;
    let client = KmsClient::new(other.path(), &running.endpoint, DEFAULT_REGION).unwrap();
    let refused = client.call("admin", "ListKeys", &json!({})).await;
    assert!(matches!(refused, Err(CallError::Connection(_))));
}

#[tokio::test]
async fn a_request_for_another_region_is_refused() {
    let state = installation();
    let (running, _) = start(&state).await;
    let client = KmsClient::new(state.path(), &running.endpoint, "us-east-1").unwrap();
    let refused = client.call("admin", "ListKeys", &json!({})).await.unwrap();
    assert_eq!(refused.error(), Some("InvalidSignatureException"));
}

#[tokio::test]
async fn faults_come_and_go_while_the_server_runs() {
    let state = installation();
    let (running, client) = start(&state).await;
    let list = async || client.call("admin", "ListKeys", &json!({})).await;

    running.control.inject("throttle:1".parse().unwrap());
    assert_eq!(list().await.unwrap().error(), Some("ThrottlingException"));
    assert_eq!(list().await.unwrap().error(), None);

    running
        .control
        .inject("error:KMSInternalException".parse().unwrap());
    assert_eq!(list().await.unwrap().status, 500);
    running.control.clear();

    running.control.inject("slow:300".parse().unwrap());
    let before = std::time::Instant::now();
    assert_eq!(list().await.unwrap().error(), None);
    assert!(before.elapsed() >= Duration::from_millis(300));
    running.control.clear();

    running.control.inject("down".parse().unwrap());
    assert!(matches!(
        list().await,
        Err(CallError::Connection(_) | CallError::Http)
    ));
    running.control.clear();
    assert_eq!(list().await.unwrap().error(), None);
    assert_eq!(running.control.counters().calls_of(Operation::ListKeys), 5);
}

#[tokio::test]
async fn the_control_socket_speaks_json_lines() {
    let state = installation();
    let socket = state.path().join("control.sock");
    // A socket left over by a server that was killed is replaced.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let config = KmsConfig {
        control: Some(socket.clone()),
        ..KmsConfig::local(state.path())
    };
    let running = KmsServer::start(config).await.unwrap();
    let client = KmsClient::new(state.path(), &running.endpoint, DEFAULT_REGION).unwrap();
    let send = async |command| control::send(&socket, command).await.unwrap();

    assert_eq!(send(r#"{"fault":"throttle:1"}"#).await, "{\"ok\":true}\n");
    client.call("admin", "ListKeys", &json!({})).await.unwrap();
    let counters: control::Counters = serde_json::from_str(&send("\"counters\"").await).unwrap();
    assert_eq!(counters.calls["ListKeys"], 1);
    assert_eq!(counters.errors["ThrottlingException"], 1);
    assert!(send("nonsense").await.contains("error"));
}

#[tokio::test]
async fn a_server_does_not_start_on_a_bad_installation() {
    let missing = tempfile::tempdir().unwrap();
    let outcome = KmsServer::start(KmsConfig::local(missing.path())).await;
    assert!(matches!(outcome, Err(StartError::File(_))));

    let outcome = |file: &'static str| async move {
        let state = installation();
        std::fs::write(state.path().join("kms").join(file), "junk").unwrap();
        KmsServer::start(KmsConfig::local(state.path())).await.err()
    };
    assert!(matches!(
        outcome("principals.toml").await,
        Some(StartError::Principals(_))
    ));
    assert!(matches!(
        outcome("keys.json").await,
        Some(StartError::Store(_))
    ));
    assert!(matches!(
        outcome("server.key").await,
        Some(StartError::Tls(_))
    ));

    let state = installation();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let outcome = KmsServer::start(KmsConfig {
        listen,
        ..KmsConfig::local(state.path())
    })
    .await;
    assert!(matches!(outcome, Err(StartError::Listen(_))));
}

#[tokio::test]
async fn a_call_that_cannot_be_made_says_why() {
    let state = installation();
    let new = |endpoint| KmsClient::new(state.path(), endpoint, DEFAULT_REGION);
    for endpoint in ["http://localhost:1", "https://localhost", "localhost:1", ""] {
        assert!(
            matches!(new(endpoint), Err(CallError::Endpoint)),
            "{endpoint}"
        );
    }
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", nowhere.local_addr().unwrap());
    drop(nowhere);
    let client = new(&endpoint).unwrap();
    let unknown = client.call("nobody", "ListKeys", &json!({})).await;
    assert!(matches!(unknown, Err(CallError::UnknownPrincipal)));
    let refused = client.call("admin", "ListKeys", &json!({})).await;
    assert!(matches!(refused, Err(CallError::Connection(_))));
}

#[tokio::test]
async fn many_callers_at_once_are_all_answered() {
    let state = installation();
    let (running, client) = start(&state).await;
    let client = Arc::new(client);
    let mut calls = JoinSet::new();
    for _ in 0..64 {
        let client = client.clone();
        calls.spawn(async move { client.call("admin", "ListKeys", &json!({})).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap().unwrap().error(), None);
    }
    assert_eq!(running.control.counters().calls_of(Operation::ListKeys), 64);
}
