//! The demo servers.

use super::*;

async fn status_of(address: SocketAddr) -> Option<u16> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client
        .get(format!("http://{address}/health"))
        .send()
        .await
        .ok()?;
    Some(response.status().as_u16())
}

#[tokio::test]
async fn a_demo_server_is_switched_off_and_on_at_the_same_port() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let target = Target::http().await.unwrap();
    assert_eq!(status_of(target.addr()).await, Some(200));
    target.set(Mode::Failing).await;
    assert_eq!(status_of(target.addr()).await, Some(503));
    target.set(Mode::Refusing).await;
    let refused = TcpStream::connect(target.addr()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    target.set(Mode::Healthy).await;
    assert_eq!(status_of(target.addr()).await, Some(200));
}

#[tokio::test]
async fn a_demo_web_socket_answers_pings_unless_it_is_silent() {
    let target = Target::web_socket().await.unwrap();
    let stream = TcpStream::connect(target.addr()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(target.url(), stream)
        .await
        .unwrap();
    socket
        .send(Frame::Ping(b"are you there".as_slice().into()))
        .await
        .unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Frame::Pong(_)))));

    target.set(Mode::Silent).await;
    let stream = TcpStream::connect(target.addr()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(target.url(), stream)
        .await
        .unwrap();
    socket
        .send(Frame::Ping(b"are you there".as_slice().into()))
        .await
        .unwrap();
    // Switching cuts what is open: the end is read without a pong before it.
    target.set(Mode::Refusing).await;
    assert!(!matches!(socket.next().await, Some(Ok(Frame::Pong(_)))));
}
