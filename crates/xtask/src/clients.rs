//! A client of one kept-alive HTTP/1.1 connection to a server on this
//! machine, as the promises and the benchmarks need it.

use std::pin::Pin;

use anyhow::{Context, bail};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub struct Client {
    host: String,
    sender: SendRequest<String>,
    /// Sent with every request.
    pub token: Option<String>,
    pub encodings: Option<&'static str>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: hyper::HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Client {
    /// `base` is `http://HOST:PORT` of the loopback range; anything else is refused.
    pub async fn connect(base: &str) -> anyhow::Result<Self> {
        let host = base
            .strip_prefix("http://")
            .context("the server speaks plain HTTP")?
            .trim_end_matches('/');
        let address: std::net::SocketAddr =
            host.parse().with_context(|| format!("address {host}"))?;
        if !address.ip().is_loopback() {
            bail!("{address} is not on this machine");
        }
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the connection, when either side closes it.
        tokio::spawn(connection);
        Ok(Self {
            host: host.to_owned(),
            sender,
            token: None,
            encodings: None,
        })
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, body: &serde_json::Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    pub async fn put(&mut self, path: &str, body: &serde_json::Value) -> anyhow::Result<Answer> {
        self.send(Method::PUT, path, Some(body.to_string())).await
    }

    /// Sends a form as a page of the server's own would.
    pub async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect::<Vec<_>>()
            .join("&");
        self.send_as(Method::POST, path, Some(body), FORM).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> anyhow::Result<Answer> {
        self.send_as(method, path, body, "application/json").await
    }

    async fn send_as(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        kind: &'static str,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host);
        if body.is_some() {
            request = request.header(CONTENT_TYPE, kind);
        }
        if kind == FORM {
            request = request.header(ORIGIN, format!("http://{}", self.host));
        }
        if let Some(encodings) = self.encodings {
            request = request.header(ACCEPT_ENCODING, encodings);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        self.sender.ready().await?;
        let answer = self
            .sender
            .send_request(request.body(body.unwrap_or_default())?)
            .await?;
        let (parts, body) = answer.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: read(body).await?,
        })
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A form's name or value: all but letters and digits as bytes in hexadecimal.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

async fn read(mut body: Incoming) -> anyhow::Result<Bytes> {
    let mut first = None;
    let mut rest = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        match &first {
            None => first = Some(data),
            Some(before) => {
                if rest.is_empty() {
                    rest.extend_from_slice(before);
                }
                rest.extend_from_slice(&data);
            }
        }
    }
    Ok(if rest.is_empty() {
        first.unwrap_or_default()
    } else {
        rest.into()
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn one_connection_carries_many_requests_and_their_credentials() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = String::new();
            for answer in [
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{\"seq\":7}",
            ] {
                let mut buffer = [0; 4096];
                let end = if heard.is_empty() { "\r\n\r\n" } else { "}" };
                while !heard.ends_with(end) {
                    let count = stream.read(&mut buffer).await.unwrap();
                    heard.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
                }
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            heard
        });
        let mut client = Client::connect(&base).await.unwrap();
        client.token = Some("secret".into());
        assert_eq!(client.get("/a").await.unwrap().body, "abcde");
        let answer = client
            .post("/b", &serde_json::json!({ "body": "hi" }))
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.json().unwrap()["seq"], 7);

        let heard = server.await.unwrap();
        assert!(heard.starts_with("GET /a HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains("POST /b HTTP/1.1\r\n"), "{heard}");
        assert_eq!(
            heard.matches("authorization: Bearer secret").count(),
            2,
            "{heard}"
        );
        assert!(heard.ends_with("{\"body\":\"hi\"}"), "{heard}");
    }

    #[tokio::test]
    async fn only_this_machine_is_spoken_to() {
        for base in [
            "http://192.0.2.1:80",
            "https://127.0.0.1:1",
            "http://localhost:1",
        ] {
            assert!(Client::connect(base).await.is_err(), "{base}");
        }
    }
}
