//! Where publishers find the port for media.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The addresses to tell publishers: those that are configured, else the one
/// that is listened on, else those by which this machine reaches others.
pub(super) fn reachable(listening: SocketAddr, configured: &[IpAddr]) -> Vec<SocketAddr> {
    let with_port = |ip: IpAddr| SocketAddr::new(ip, listening.port());
    if !configured.is_empty() {
        return configured.iter().copied().map(with_port).collect();
    }
    if !listening.ip().is_unspecified() {
        return vec![listening];
    }
    // Nothing is sent to these, which are for documents (RFC 5737, RFC 3849).
    let v4 = outward((Ipv4Addr::UNSPECIFIED, 0).into(), "192.0.2.1:9");
    let v6 = outward((Ipv6Addr::UNSPECIFIED, 0).into(), "[2001:db8::1]:9");
    let v6 = v6.filter(|_| listening.is_ipv6());
    let found: Vec<_> = v4.into_iter().chain(v6).map(with_port).collect();
    if found.is_empty() {
        vec![with_port(Ipv4Addr::LOCALHOST.into())]
    } else {
        found
    }
}

fn outward(from: SocketAddr, to: &str) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// An address as its peer knows it, where the socket takes both families.
pub(super) fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// An address as a socket on `own` must be given it.
pub(super) fn for_socket(address: SocketAddr, own: SocketAddr) -> SocketAddr {
    match (address.ip(), own) {
        (IpAddr::V4(ip), SocketAddr::V6(_)) => (ip.to_ipv6_mapped(), address.port()).into(),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_configured_is_told_with_the_port() {
        let listening: SocketAddr = "0.0.0.0:3478".parse().unwrap();
        let configured = ["198.51.100.7".parse().unwrap()];
        assert_eq!(
            reachable(listening, &configured),
            ["198.51.100.7:3478".parse().unwrap()]
        );
        let own: SocketAddr = "127.0.0.1:3478".parse().unwrap();
        assert_eq!(reachable(own, &[]), [own]);
        let found = reachable(listening, &[]);
        assert!(!found.is_empty());
        assert!(
            found
                .iter()
                .all(|at| at.port() == 3478 && !at.ip().is_unspecified())
        );
    }

    #[test]
    fn a_socket_for_both_families_is_spoken_to_in_its_own() {
        let own: SocketAddr = "[::]:5".parse().unwrap();
        let peer: SocketAddr = "192.0.2.4:9".parse().unwrap();
        let mapped = for_socket(peer, own);
        assert_eq!(mapped, "[::ffff:192.0.2.4]:9".parse().unwrap());
        assert_eq!(plain(mapped), peer);
        assert_eq!(for_socket(peer, "0.0.0.0:5".parse().unwrap()), peer);
    }
}
