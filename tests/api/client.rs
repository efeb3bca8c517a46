//! A client of the API, as small as a program of one's own would be.

use harness::{
    http::{self, Request},
    process::Running,
};
use serde_json::{Value, json};

use crate::house::House;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse";

/// What an answer with a session selects.
macro_rules! session {
    () => {
        "{ accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt me { id email household { id name } } }"
    };
}

pub(crate) const REGISTER: &str =
    concat!("mutation($input: RegisterInput!) { register(input: $input) ", session!(), " }");
pub(crate) const LOGIN: &str = concat!("mutation($input: LoginInput!) { login(input: $input) ", session!(), " }");
pub(crate) const REFRESH: &str =
    concat!("mutation($token: String) { refreshSession(refreshToken: $token) ", session!(), " }");
pub(crate) const SWITCH: &str = concat!("mutation($id: ID!) { switchHousehold(id: $id) ", session!(), " }");
pub(crate) const LOGOUT: &str = "mutation { logout }";
pub(crate) const CREATE_HOUSEHOLD: &str =
    "mutation($input: CreateHouseholdInput!) { createHousehold(input: $input) { id name currency role } }";
const CHANGE_PASSWORD: &str = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }";
pub(crate) const ME: &str = "{ me { id email name locale timeZone createdAt \
    household { id name currency role } households { id name currency role } } }";

/// A client of one process.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: http::Client,
}

/// An answer of GraphQL.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::Headers,
    /// Null also if there is none.
    pub(crate) data: Value,
    pub(crate) errors: Vec<Value>,
}

/// What a sign-in gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) person: String,
    pub(crate) household: String,
}

/// Who registers here.
pub(crate) fn anna(email: &str) -> Value {
    json!({
        "email": email,
        "password": PASSWORD,
        "name": "Anna",
        "currency": "CHF",
        "locale": "de-CH",
        "timeZone": "Europe/Zurich",
    })
}

/// One text after the other, for documents that repeat themselves.
pub(crate) fn written(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect()
}

impl Api {
    pub(crate) fn of(running: &Running) -> Self {
        Self::at(&House::address(running))
    }

    pub(crate) fn at(url: &str) -> Self {
        Self { client: http::Client::new(url) }
    }

    /// Sends a document as JSON.
    pub(crate) async fn graphql(&self, query: &str, variables: Value, headers: &[(&str, &str)]) -> Answer {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = Request::post("/graphql", body)
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = Answer::read(&self.send(&request).await);
        assert_eq!(answer.status == 200, !answer.data.is_null(), "data if and only if it was executed: {answer:?}");
        answer
    }

    /// Sends a document as nobody.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.graphql(query, variables, &[]).await
    }

    /// Sends a document with an access token.
    pub(crate) async fn ask_as(&self, access: &str, query: &str, variables: Value) -> Answer {
        self.graphql(query, variables, &[("authorization", &format!("Bearer {access}"))]).await
    }

    /// Sends whatever it is.
    pub(crate) async fn send(&self, request: &Request) -> http::Response {
        self.client.send(request).await.expect("an answer")
    }

    pub(crate) const fn client(&self) -> &http::Client {
        &self.client
    }

    pub(crate) async fn register(&self, email: &str) -> Session {
        Session::of(&self.ask(REGISTER, json!({ "input": anna(email) })).await.done()["register"])
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        self.ask(LOGIN, json!({ "input": { "email": email, "password": password } })).await
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Session {
        Session::of(&self.login(email, PASSWORD).await.done()["login"])
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.ask(REFRESH, json!({ "token": token })).await
    }

    pub(crate) async fn refreshed(&self, token: &str) -> Session {
        Session::of(&self.refresh(token).await.done()["refreshSession"])
    }

    /// Founds a household and gives what it is.
    pub(crate) async fn found(&self, access: &str, name: &str, currency: &str) -> Value {
        let input = json!({ "name": name, "currency": currency });
        let answer = self.ask_as(access, CREATE_HOUSEHOLD, json!({ "input": input })).await;
        answer.done()["createHousehold"].clone()
    }

    pub(crate) async fn switched(&self, access: &str, household: &Value) -> Session {
        let answer = self.ask_as(access, SWITCH, json!({ "id": household })).await;
        Session::of(&answer.done()["switchHousehold"])
    }

    pub(crate) async fn change_password(&self, access: &str, current: &str, new: &str) -> Answer {
        let input = json!({ "currentPassword": current, "newPassword": new });
        self.ask_as(access, CHANGE_PASSWORD, json!({ "input": input })).await
    }

    pub(crate) async fn me(&self, access: &str) -> Value {
        self.ask_as(access, ME, json!({})).await.done()["me"].clone()
    }

    /// Whether an access token is good.
    pub(crate) async fn admits(&self, access: &str) -> bool {
        let answer = self.ask_as(access, "{ me { id } }", json!({})).await;
        if answer.status == 200 {
            return answer.done()["me"]["id"].is_string();
        }
        answer.assert_refused(401, "UNAUTHENTICATED");
        assert_eq!(answer.headers.get("www-authenticate"), Some("Bearer"));
        false
    }
}

impl Session {
    #[track_caller]
    pub(crate) fn of(payload: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no session: {payload}")).to_owned();
        let me = &payload["me"];
        Self {
            access: text(&payload["accessToken"]),
            refresh: text(&payload["refreshToken"]),
            person: text(&me["id"]),
            household: text(&me["household"]["id"]),
        }
    }
}

impl Answer {
    /// Reads an answer and asserts what holds for all: every error has a code and the name of its request.
    pub(crate) fn read(response: &http::Response) -> Self {
        let text = response.text();
        let mut body: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let errors = body["errors"].take().as_array().cloned().unwrap_or_default();
        let name = response.headers.get("x-request-id").expect("every answer is named");
        for error in &errors {
            assert_eq!(error["extensions"]["requestId"], name, "{text}");
            assert!(error["extensions"]["code"].is_string() && error["message"].is_string(), "{text}");
        }
        Self { status: response.status, headers: response.headers.clone(), data: body["data"].take(), errors }
    }

    /// The data of an answer that must be without errors.
    #[track_caller]
    pub(crate) fn done(&self) -> &Value {
        assert_eq!((self.status, self.errors.as_slice()), (200, [].as_slice()));
        &self.data
    }

    /// The code of each error.
    pub(crate) fn codes(&self) -> Vec<&str> {
        self.errors.iter().filter_map(|error| error["extensions"]["code"].as_str()).collect()
    }

    /// Asserts that there is this one error, and that no field has a value.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.codes().as_slice()), (status, [code].as_slice()), "{self:?}");
        let mut fields = self.data.as_object().into_iter().flat_map(serde_json::Map::values);
        assert!(fields.all(Value::is_null), "{self:?}");
    }

    /// Asserts that a field of the input was refused, by its name.
    #[track_caller]
    pub(crate) fn assert_invalid(&self, field: &str) {
        self.assert_refused(200, "INVALID");
        assert_eq!(self.errors[0]["extensions"]["field"], field, "{self:?}");
    }

    /// All that a client can tell two answers apart by, but for the name of the request.
    pub(crate) fn seen(&self) -> Value {
        let mut errors = self.errors.clone();
        for error in &mut errors {
            error["extensions"]["requestId"].take();
        }
        json!({ "status": self.status, "data": self.data, "errors": errors, "cookies": self.headers.all("set-cookie") })
    }
}
