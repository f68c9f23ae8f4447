//! A server that proves itself as the mock KMS does and says whatever a test wants.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::KmsClient;
use super::aws::Aws;
use crate::fixture::Parent;

pub(super) struct Script {
    endpoint: String,
    parent: Parent,
    task: tokio::task::JoinHandle<()>,
}

impl Script {
    /// Answers every request with `status` and `body`.
    pub(super) async fn start(aws: &Aws, status: u16, body: String) -> Self {
        let file = |name: &str| std::fs::read(aws.state.path().join("kms").join(name)).unwrap();
        let tls =
            vouchsafe_mock::tls::server_config(&file("server.pem"), &file("server.key")).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("https://{}", listener.local_addr().unwrap());
        let body = Bytes::from(body);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, body) = (acceptor.clone(), body.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let answer = service_fn(|request: Request<Incoming>| {
                        let body = body.clone();
                        async move {
                            request.into_body().collect().await?;
                            let reply = Response::builder().status(status);
                            Ok::<_, hyper::Error>(reply.body(Full::new(body)).unwrap())
                        }
                    });
                    let served = http1::Builder::new();
                    let _ = served.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self {
            endpoint,
            parent: aws.parent(),
            task,
        }
    }

    pub(super) fn client(&self, aws: &Aws) -> KmsClient {
        aws.client_to(&self.parent, aws.trusting(), &self.endpoint)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}
