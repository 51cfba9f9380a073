//! Who is really asking, where a proxy stands in front: `X-Forwarded-For` is
//! believed from named networks and from nobody else. What may be asked how
//! often from there is the limits' business.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

use crate::config::Network;

const FORWARDED: [&str; 5] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-real-ip",
];

/// A layer's function: puts the believed address into `ConnectInfo`, and drops
/// the headers of those who are not trusted, so that nothing behind it can
/// believe them by mistake.
///
/// `axum::middleware::from_fn_with_state(Arc::new(networks), believe)`
pub async fn believe(
    axum::extract::State(trusted): axum::extract::State<Arc<Vec<Network>>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(&ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        if is_trusted(peer.ip(), &trusted) {
            let client = client(peer.ip(), request.headers(), &trusted);
            // The client's port is not known; none of ours looks at it.
            let address = SocketAddr::new(client, 0);
            request.extensions_mut().insert(ConnectInfo(address));
        } else {
            for name in FORWARDED {
                request.headers_mut().remove(name);
            }
        }
    }
    next.run(request).await
}

fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// The last address of the chain that no trusted proxy vouches for itself:
/// what stands before it, the client may have made up.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let chain: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut client = peer;
    for hop in chain.into_iter().rev() {
        let Some(address) = address(hop) else {
            break;
        };
        client = address;
        if !is_trusted(client, trusted) {
            break;
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:99`, `2001:db8::1` or `[2001:db8::1]:99`.
fn address(hop: &str) -> Option<IpAddr> {
    let found = hop
        .parse::<SocketAddr>()
        .map(|address| address.ip())
        .or_else(|_| hop.trim_matches(['[', ']']).parse())
        .ok()?;
    Some(found.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<Network> = ["10.0.0.0/8", "::1"]
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
        let app = Router::new()
            .route(
                "/",
                get(
                    async |ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap| {
                        format!(
                            "{} {}",
                            peer.ip(),
                            headers.contains_key("x-forwarded-proto")
                        )
                    },
                ),
            )
            .layer(axum::middleware::from_fn_with_state(
                Arc::new(trusted),
                believe,
            ));
        let mut request = Request::builder().header("x-forwarded-proto", "https");
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = app.oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 1_000).await;
        String::from_utf8(body.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_trusted_proxy_is_believed() {
        assert_eq!(
            seen("10.0.0.1:5", &["203.0.113.9"]).await,
            "203.0.113.9 true"
        );
        assert_eq!(
            seen("[::1]:5", &["[2001:db8::1]:99"]).await,
            "2001:db8::1 true"
        );
        assert_eq!(
            seen("[::ffff:10.0.0.1]:5", &["203.0.113.9"]).await,
            "203.0.113.9 true"
        );
        assert_eq!(seen("10.0.0.1:5", &[]).await, "10.0.0.1 true");
    }

    #[tokio::test]
    async fn what_the_client_put_in_front_is_not_believed() {
        let seen_by_two = seen("10.0.0.1:5", &["127.0.0.1, 203.0.113.9", "10.0.0.7"]).await;
        assert_eq!(seen_by_two, "203.0.113.9 true");
        assert_eq!(seen("10.0.0.1:5", &["nonsense"]).await, "10.0.0.1 true");
    }

    #[tokio::test]
    async fn a_stranger_is_who_connects() {
        assert_eq!(
            seen("192.0.2.1:5", &["203.0.113.9"]).await,
            "192.0.2.1 false"
        );
    }
}
