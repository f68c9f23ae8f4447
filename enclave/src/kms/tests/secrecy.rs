//! That only KMS is spoken to, over a line that keeps what is recorded today.

use rustls::{HandshakeKind, NamedGroup, ProtocolVersion};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{LazyConfigAcceptor, TlsConnector};
use vouchsafe_mock::kms::operations::Operation;

use super::aws::{Aws, Kind, context, pipe, relay};
use super::*;
use crate::fixture::Parent;
use crate::transport::write_frame;

fn address(aws: &Aws) -> String {
    aws.kms
        .endpoint
        .strip_prefix("https://")
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_to_kms_is_agreed_on_by_x25519_with_ml_kem_768_in_the_first_flight() {
    let aws = Aws::start().await;
    let stream = TcpStream::connect(address(&aws)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(aws.trusting());
    let stream = connector.connect(name, stream).await.unwrap();
    let (_, line) = stream.get_ref();
    let group = line.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
    // Without a second greeting: its share was in the first.
    assert_eq!(line.handshake_kind(), Some(HandshakeKind::Full));
    assert_eq!(line.protocol_version(), Some(ProtocolVersion::TLSv1_3));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_greeting_names_the_host_and_prefers_the_hybrid_exchange() {
    let aws = Aws::start().await;
    let (near, far) = tokio::io::duplex(16 * 1024);
    let name = ServerName::try_from("kms.eu-central-1.amazonaws.com").unwrap();
    let connector = TlsConnector::from(aws.trusting());
    let near = tokio::spawn(async move { connector.connect(name, near).await.map(drop) });
    let accepted = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), far);
    let accepted = accepted.await.unwrap();
    let greeting = accepted.client_hello();
    assert_eq!(
        greeting.server_name(),
        Some("kms.eu-central-1.amazonaws.com")
    );
    let groups = greeting.named_groups().unwrap();
    assert_eq!(groups[0], NamedGroup::X25519MLKEM768);
    assert!(greeting.alpn().unwrap().eq([b"http/1.1"]));
    drop(accepted);
    assert!(near.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_speaks_tls_1_2_only_is_not_spoken_to() {
    let aws = Aws::start().await;
    let file = |name: &str| std::fs::read(aws.state.path().join("kms").join(name)).unwrap();
    let server = vouchsafe_mock::tls::server_config(&file("server.pem"), &file("server.key"));
    let provider = Arc::clone(server.unwrap().crypto_provider());
    let old = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::server::ResolvesServerCertUsingSni::new()));
    let (near, far) = tokio::io::duplex(16 * 1024);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(old));
    tokio::spawn(async move { acceptor.accept(far).await.map(drop) });
    let name = ServerName::try_from("localhost").unwrap();
    let refused = TlsConnector::from(aws.trusting()).connect(name, near).await;
    let refused = refused.unwrap_err();
    let cause = refused.get_ref().unwrap().downcast_ref::<rustls::Error>();
    let alert = rustls::AlertDescription::ProtocolVersion;
    assert_eq!(cause, Some(&rustls::Error::AlertReceived(alert)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kms_that_proves_another_host_is_an_impostor() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    // The parent carries every stream to one server, whatever host it was asked for; that server's
    // certificate is by the authority that is believed, for other hosts.
    let (credentials, far) = (aws.credentials(), address(&aws));
    let parent = Parent::start(move |query, mut stream| {
        let (credentials, far) = (credentials(), far.clone());
        async move {
            if let EgressQuery::Connect { .. } = query {
                let far = TcpStream::connect(far).await.unwrap();
                let answer = EgressAnswer::Connected.encode();
                let second = Duration::from_secs(1);
                write_frame(&mut stream, &answer, 99, second).await.unwrap();
                pipe(stream, far).await;
            } else {
                relay(query, stream, credentials, pipe).await;
            }
        }
    });
    let elsewhere = "https://kms.eu-west-3.amazonaws.com";
    let kms = aws.client_to(&parent, aws.trusting(), elsewhere);
    let error = kms.decrypt(&arn, b"wrapped", &context(), soon()).await;
    assert_eq!(error.unwrap_err(), KmsError::Impostor);
    // By one of the names that it has, the same server serves.
    let here = "https://localhost";
    let kms = aws.client_to(&parent, aws.trusting(), here);
    let (wrapped, plain) = aws.writer_data_key(&arn).await;
    let key = kms.decrypt(&arn, &wrapped, &context(), soon()).await;
    assert_eq!(*key.unwrap().expose_secret(), plain);
    assert_eq!(aws.kms.control.counters().calls_of(Operation::Decrypt), 1);
}
