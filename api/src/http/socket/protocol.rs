//! The sub-protocol `graphql-transport-ws` without any I/O: messages, their order, and the close codes.
//! Follows the server of npm `graphql-ws`, which is its reference.

use std::borrow::Cow;

use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::{request::Parameters, respond::Reply};

pub(super) const SUB_PROTOCOL: &str = "graphql-transport-ws";

/// Longest name of an operation: it is kept and repeated in each message.
const ID_BYTES: usize = 256;

/// How a socket ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    /// At most 123 bytes, as the protocol of WebSocket demands.
    pub(super) reason: Cow<'static, str>,
}

impl Close {
    /// The server stops or restarts; clients connect anew.
    pub(super) const GOING_AWAY: Self = Self::new(1001, "Going away");
    pub(super) const PROTOCOL_ERROR: Self = Self::new(1002, "Protocol error");
    pub(super) const TOO_BIG: Self = Self::new(1009, "Message too big");
    /// The client does not read what it asked for, or does not answer pings. Standard clients try again
    /// after 1013, unlike after 1008 or 1011, and take up their events from the cursor they hold.
    pub(super) const SLOW_READER: Self = Self::new(1013, "Slow reader");
    pub(super) const NO_PONG: Self = Self::new(1013, "No pong");
    pub(super) const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    pub(super) const FORBIDDEN: Self = Self::new(4403, "Forbidden");
    /// The token ran out or the session was revoked. 4403 and not 4401: clients of `graphql-ws` give up
    /// for good after 4401, but after 4403 they connect again and ask their application for a token.
    pub(super) const SESSION_ENDED: Self = Self::new(4403, "Session ended");
    pub(super) const SUB_PROTOCOL_NOT_ACCEPTABLE: Self = Self::new(4406, "Subprotocol not acceptable");
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    pub(super) const TOO_MANY_INITS: Self = Self::new(4429, "Too many initialisation requests");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    pub(super) const fn bad_request(reason: &'static str) -> Self {
        Self::new(4400, reason)
    }

    pub(super) fn subscriber_exists(id: &str) -> Self {
        // The reason has room for 123 bytes; a client with longer names finds the code telling enough.
        let reason = format!("Subscriber for {id} already exists");
        let reason = if reason.len() <= 123 { Cow::Owned(reason) } else { Cow::Borrowed("Subscriber already exists") };
        Self { code: 4409, reason }
    }
}

/// What a client may say.
#[derive(Debug)]
pub(super) enum ClientMessage {
    Init(Map<String, Value>),
    Ping(Option<Map<String, Value>>),
    Pong,
    Subscribe { id: String, parameters: Parameters },
    Complete { id: String },
}

impl ClientMessage {
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        #[derive(Deserialize)]
        struct Message {
            r#type: String,
            #[serde(default)]
            id: Option<String>,
            #[serde(default)]
            payload: Option<Value>,
        }
        let message: Message =
            serde_json::from_str(text).map_err(|_| Close::bad_request("Invalid message received"))?;
        let id = || match message.id {
            Some(id) if !id.is_empty() && id.len() <= ID_BYTES => Ok(id),
            _ => Err(Close::bad_request("The message needs an id of 1 to 256 bytes")),
        };
        match message.r#type.as_str() {
            "connection_init" => Ok(Self::Init(object(message.payload)?.unwrap_or_default())),
            "ping" => Ok(Self::Ping(object(message.payload)?)),
            "pong" => object(message.payload).map(|_| Self::Pong),
            "subscribe" => {
                let parameters = serde_json::from_value(message.payload.unwrap_or_default())
                    .map_err(|_| Close::bad_request("The payload is not a GraphQL request"))?;
                Ok(Self::Subscribe { id: id()?, parameters })
            }
            "complete" => Ok(Self::Complete { id: id()? }),
            _ => Err(Close::bad_request("Unexpected message type")),
        }
    }
}

fn object(payload: Option<Value>) -> Result<Option<Map<String, Value>>, Close> {
    match payload {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(_) => Err(Close::bad_request("The payload must be an object")),
    }
}

/// How far a socket has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing said yet.
    Opened,
    /// `connection_init` is here, its caller is being looked up.
    Greeting,
    /// Acknowledged.
    Ready,
}

impl Phase {
    /// Whether the message may come now.
    pub(super) fn admit(self, message: &ClientMessage) -> Result<(), Close> {
        match (message, self) {
            (ClientMessage::Init(_), Self::Greeting | Self::Ready) => Err(Close::TOO_MANY_INITS),
            (ClientMessage::Subscribe { .. }, Self::Opened | Self::Greeting) => Err(Close::UNAUTHORIZED),
            _ => Ok(()),
        }
    }
}

/// What we say.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    Next {
        id: &'a str,
        payload: &'a Reply,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

impl ServerMessage<'_> {
    pub(super) fn text(&self) -> String {
        // Maps with text keys always become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> u16 {
        ClientMessage::parse(text).map_or_else(|close| close.code, |_| 0)
    }

    #[test]
    fn messages_are_read() {
        for good in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"ping","payload":{"a":1}}"#,
            r#"{"type":"pong"}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":null,"operationName":null,"extensions":null}}"#,
            r#"{"id":"1","type":"complete"}"#,
        ] {
            assert_eq!(code(good), 0, "{good}");
        }
    }

    #[test]
    fn anything_else_is_a_bad_request() {
        for bad in [
            "",
            "{",
            "[]",
            "null",
            "\"ping\"",
            "{}",
            r#"{"type":null}"#,
            r#"{"type":1}"#,
            r#"{"type":"start"}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"id":"1","type":"next","payload":{}}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":"","type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":1,"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":"1","type":"subscribe"}"#,
            r#"{"id":"1","type":"subscribe","payload":{}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":1}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","operationName":1}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","extensions":1}}"#,
            r#"{"type":"complete"}"#,
        ] {
            assert_eq!(code(bad), 4400, "{bad}");
        }
        assert_eq!(code(&format!(r#"{{"id":"{}","type":"complete"}}"#, "x".repeat(257))), 4400);
    }

    #[test]
    fn messages_have_their_order() {
        let init = ClientMessage::Init(Map::new());
        let subscribe = ClientMessage::parse(r#"{"id":"1","type":"subscribe","payload":{"query":"{a}"}}"#).unwrap();
        let ping = ClientMessage::Ping(None);
        let complete = ClientMessage::Complete { id: "1".to_owned() };
        assert_eq!(Phase::Opened.admit(&init), Ok(()));
        assert_eq!(Phase::Greeting.admit(&init), Err(Close::TOO_MANY_INITS));
        assert_eq!(Phase::Ready.admit(&init), Err(Close::TOO_MANY_INITS));
        assert_eq!(Phase::Opened.admit(&subscribe), Err(Close::UNAUTHORIZED));
        assert_eq!(Phase::Greeting.admit(&subscribe), Err(Close::UNAUTHORIZED));
        assert_eq!(Phase::Ready.admit(&subscribe), Ok(()));
        for phase in [Phase::Opened, Phase::Greeting, Phase::Ready] {
            assert_eq!(phase.admit(&ping), Ok(()));
            assert_eq!(phase.admit(&complete), Ok(()));
        }
    }

    #[test]
    fn our_messages_look_as_the_protocol_says() {
        assert_eq!(ServerMessage::ConnectionAck.text(), r#"{"type":"connection_ack"}"#);
        assert_eq!(ServerMessage::Pong { payload: None }.text(), r#"{"type":"pong"}"#);
        assert_eq!(ServerMessage::Complete { id: "a\"b" }.text(), r#"{"type":"complete","id":"a\"b"}"#);
    }

    #[test]
    fn reasons_fit_into_a_close_frame() {
        assert_eq!(Close::subscriber_exists("7").reason, "Subscriber for 7 already exists");
        assert!(Close::subscriber_exists(&"x".repeat(256)).reason.len() <= 123);
    }
}
