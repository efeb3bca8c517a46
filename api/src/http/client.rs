//! Where a request really comes from, proxies considered.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::http::HeaderMap;

/// The header that carries proofs of intent: a page of another site cannot send it without asking first.
pub const CLIENT_HEADER: &str = "x-florin-client";

/// The address of the client itself, as far as it can be known. Attempts are limited by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The rightmost address that is not one of our proxies: everything left of it is hearsay.
    /// Without a trusted peer the header `X-Forwarded-For` counts for nothing.
    pub(super) fn find(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &dyn Fn(IpAddr) -> bool) -> Self {
        let mut client = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
        // Several header lines are one list, in order; each proxy appends who spoke to it.
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or("")).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        while peer.is_some() && trusted(client) {
            // An entry that is no address was not written by a proxy of ours; the last good one stays.
            let Some(previous) = hops.next().and_then(address) else { break };
            client = previous;
        }
        Self(client)
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Proxies write `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:5678`.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

/// Whether the request carries the custom header, with any value.
pub(super) fn has_client_header(headers: &HeaderMap) -> bool {
    headers.get(CLIENT_HEADER).is_some_and(|value| !value.as_bytes().trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let private = |address: IpAddr| match address {
            IpAddr::V4(v4) => v4.octets()[0] == 10,
            IpAddr::V6(v6) => v6.segments()[0] == 0xfd00,
        };
        ClientAddress::find(Some(peer.parse().unwrap()), &headers, &private).to_string()
    }

    #[test]
    fn an_untrusted_peer_is_the_client() {
        assert_eq!(found("1.2.3.4:99", &["6.6.6.6"]), "1.2.3.4");
        assert_eq!(found("[2001:db8::1]:99", &["6.6.6.6"]), "2001:db8::1");
    }

    #[test]
    fn the_rightmost_untrusted_hop_is_the_client() {
        assert_eq!(found("10.0.0.1:99", &["6.6.6.6, 5.5.5.5, 10.0.0.2"]), "5.5.5.5");
        assert_eq!(found("10.0.0.1:99", &["6.6.6.6", "5.5.5.5"]), "5.5.5.5");
        assert_eq!(found("[fd00::1]:99", &["5.5.5.5:1234"]), "5.5.5.5");
        assert_eq!(found("10.0.0.1:99", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(found("10.0.0.1:99", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(found("[::ffff:10.0.0.1]:99", &["::ffff:5.5.5.5"]), "5.5.5.5");
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk() {
        assert_eq!(found("10.0.0.1:99", &[]), "10.0.0.1");
        assert_eq!(found("10.0.0.1:99", &["5.5.5.5, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(found("10.0.0.1:99", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn nobody_is_trusted_without_a_peer() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "5.5.5.5".parse().unwrap());
        assert_eq!(ClientAddress::find(None, &headers, &|_| true).to_string(), "0.0.0.0");
    }
}
