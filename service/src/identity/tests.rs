//! Sign-in on both engines, with a clock that stands still.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use domain::{id::HouseholdId, identity::Role};
use futures::{FutureExt, future::join_all};

use super::{
    Caller, ChangePassword, Login, Register, Session, UpdateProfile, authenticate, change_password, create_household,
    ended, login, logout, profile, refresh, register, switch_household, update_profile,
};
use crate::{
    Db, Error, Result,
    job::{self, Lease},
    testing::on_both_engines,
};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";

fn anna() -> Register {
    Register {
        mail_address: "Anna@Example.org".into(),
        password: PASSWORD.into(),
        name: "Anna".into(),
        locale: "de-CH".into(),
        time_zone: "Europe/Zurich".into(),
        currency: "CHF".into(),
    }
}

type Spoil = fn(&mut Register);

async fn registered(db: &Db) -> Session {
    register(db, anna(), HERE).await.expect("registers")
}

async fn signed_in(db: &Db, password: &str) -> Result<Session> {
    let command = Login { mail_address: " anna@EXAMPLE.org ".into(), password: password.into() };
    login(db, command, HERE).await
}

async fn stands(db: &Db, session: &Session) -> bool {
    authenticate(db, &session.tokens.access).await.expect("asks").is_some()
}

on_both_engines! {
    async fn a_person_registers_and_signs_in(bench: Bench) {
        let db = &bench.db;
        let first = registered(db).await;
        let caller = authenticate(db, &first.tokens.access).await.expect("asks").expect("stands");
        assert_eq!((caller.user, caller.scope.role()), (first.caller.user, Role::Owner));
        let seen = profile(db, &caller).await.expect("reads");
        assert_eq!((seen.mail_address.as_str(), seen.name.as_str()), ("anna@example.org", "Anna"));
        assert_eq!(seen.memberships.len(), 1);
        assert_eq!(seen.memberships[0].currency, "CHF");
        let second = signed_in(db, PASSWORD).await.expect("signs in");
        assert_eq!(second.caller.user, first.caller.user);
        assert_ne!(second.caller.session, first.caller.session);
        assert!(matches!(register(db, anna(), HERE).await, Err(Error::Conflict { .. })));
    }

    async fn bad_input_names_its_field_and_registers_nobody(bench: Bench) {
        let db = &bench.db;
        let wrong: [(&str, Spoil); 6] = [
            ("email", |command| command.mail_address = "anna@example.org\r\nBcc: all@example.org".into()),
            ("password", |command| command.password = "short".into()),
            ("name", |command| command.name = "\0".into()),
            ("locale", |command| command.locale = "klingon!".into()),
            ("timeZone", |command| command.time_zone = "Mars/Olympus".into()),
            ("currency", |command| command.currency = "XXX".into()),
        ];
        for (name, spoil) in wrong {
            let mut command = anna();
            spoil(&mut command);
            let refused = register(db, command, HERE).await;
            assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == name), "{name}: {refused:?}");
        }
        registered(db).await;
    }

    async fn a_wrong_password_and_an_unknown_address_are_told_apart_by_nobody(bench: Bench) {
        let db = &bench.db;
        registered(db).await;
        assert!(matches!(signed_in(db, "wrong horse").await, Err(Error::WrongCredentials)));
        let nobody = Login { mail_address: "nobody@example.org".into(), password: PASSWORD.into() };
        assert!(matches!(login(db, nobody, HERE).await, Err(Error::WrongCredentials)));
        let no_address = Login { mail_address: "not an address".into(), password: PASSWORD.into() };
        assert!(matches!(login(db, no_address, HERE).await, Err(Error::WrongCredentials)));
    }

    async fn attempts_at_an_account_are_counted_in_all_processes(bench: Bench) {
        let db = &bench.db;
        let other = bench.another(2).await;
        registered(db).await;
        for attempt in 0..10 {
            let db = if attempt % 2 == 0 { db } else { &other };
            assert!(matches!(signed_in(db, "wrong horse").await, Err(Error::WrongCredentials)), "{attempt}");
        }
        let refused = signed_in(&other, PASSWORD).await;
        let Err(Error::Throttled { after }) = refused else { panic!("{refused:?}") };
        assert_eq!(after, Duration::from_secs(30));
        bench.clock.advance(after.saturating_sub(Duration::from_millis(1)));
        assert!(matches!(signed_in(db, PASSWORD).await, Err(Error::Throttled { .. })));
        bench.clock.advance(Duration::from_millis(1));
        signed_in(db, PASSWORD).await.expect("there is room for one");
        // Who knows the password begins afresh.
        for _ in 0..10 {
            assert!(matches!(signed_in(db, "wrong horse").await, Err(Error::WrongCredentials)));
        }
    }

    async fn attempts_from_an_address_are_counted_over_all_accounts(bench: Bench) {
        let db = &bench.db;
        for number in 0..30 {
            let command = Login { mail_address: format!("nobody{number}@example.org"), password: "wrong horse".into() };
            assert!(matches!(login(db, command, HERE).await, Err(Error::WrongCredentials)), "{number}");
        }
        assert!(matches!(register(db, anna(), HERE).await, Err(Error::Throttled { .. })));
        let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        register(db, anna(), elsewhere).await.expect("another address has room");
    }

    async fn an_access_token_runs_out(bench: Bench) {
        let db = &bench.db;
        let session = registered(db).await;
        bench.clock.advance(super::super::ACCESS_LIFETIME.saturating_sub(Duration::from_millis(1)));
        assert!(stands(db, &session).await);
        bench.clock.advance(Duration::from_millis(1));
        assert!(!stands(db, &session).await);
        assert!(authenticate(db, "fat_forged").await.expect("asks").is_none());
    }

    async fn a_refresh_token_gets_one_successor_and_the_same_again_for_a_while(bench: Bench) {
        let db = &bench.db;
        let other = bench.another(2).await;
        let first = registered(db).await;
        let (one, two) = tokio::join!(refresh(db, &first.tokens.refresh), refresh(&other, &first.tokens.refresh));
        let (one, two) = (one.expect("refreshes"), two.expect("refreshes"));
        assert_eq!(one.tokens.refresh, two.tokens.refresh, "two tabs at once");
        assert_ne!(one.tokens.refresh, first.tokens.refresh);
        bench.clock.advance(Duration::from_secs(30));
        let lost = refresh(db, &first.tokens.refresh).await.expect("the answer was lost");
        assert_eq!(lost.tokens.refresh, one.tokens.refresh);
        assert!(stands(db, &lost).await && stands(db, &first).await);
    }

    async fn a_refresh_token_that_comes_back_later_ends_the_session(bench: Bench) {
        let db = &bench.db;
        let first = registered(db).await;
        let second = refresh(db, &first.tokens.refresh).await.expect("refreshes");
        bench.clock.advance(Duration::from_secs(31));
        assert!(matches!(refresh(db, &first.tokens.refresh).await, Err(Error::Unauthenticated)));
        assert!(!stands(db, &second).await, "the access token is out at once");
        assert!(matches!(refresh(db, &second.tokens.refresh).await, Err(Error::Unauthenticated)));
    }

    async fn a_refresh_token_two_generations_old_ends_the_session_at_once(bench: Bench) {
        let db = &bench.db;
        let first = registered(db).await;
        let second = refresh(db, &first.tokens.refresh).await.expect("refreshes");
        let third = refresh(db, &second.tokens.refresh).await.expect("refreshes");
        assert!(matches!(refresh(db, &first.tokens.refresh).await, Err(Error::Unauthenticated)));
        assert!(!stands(db, &third).await);
    }

    async fn forged_refresh_tokens_end_nothing(bench: Bench) {
        let db = &bench.db;
        let session = registered(db).await;
        let mut forged = session.tokens.refresh.clone();
        forged.replace_range(forged.len() - 1.., if forged.ends_with('A') { "Q" } else { "A" });
        for token in [forged.as_str(), "", "frt_", &session.tokens.access] {
            assert!(matches!(refresh(db, token).await, Err(Error::Unauthenticated)), "{token}");
        }
        assert!(stands(db, &session).await);
        refresh(db, &session.tokens.refresh).await.expect("the right one is still good");
    }

    async fn a_session_without_refreshes_ends(bench: Bench) {
        let db = &bench.db;
        let session = registered(db).await;
        bench.clock.advance(super::super::SESSION_LIFETIME);
        assert!(matches!(refresh(db, &session.tokens.refresh).await, Err(Error::Unauthenticated)));
        // Its row goes at the next sign-in, with whatever else ran out.
        signed_in(db, PASSWORD).await.expect("signs in");
    }

    async fn a_session_that_ends_is_out_in_every_process_and_its_sockets_hear_of_it(bench: Bench) {
        let db = &bench.db;
        let other = bench.another(2).await;
        let session = registered(db).await;
        let socket = { let (db, caller) = (db.clone(), session.caller); tokio::spawn(async move { ended(&db, &caller).await }) };
        tokio::task::yield_now().await;
        assert!(!socket.is_finished());
        logout(db, &session.caller).await.expect("signs out");
        assert!(!stands(&other, &session).await);
        tokio::time::timeout(Duration::from_mins(1), socket).await.expect("heard").expect("ends");
        assert!(matches!(refresh(&other, &session.tokens.refresh).await, Err(Error::Unauthenticated)));
    }

    async fn a_new_password_ends_all_other_sessions_in_every_household(bench: Bench) {
        let db = &bench.db;
        let own = registered(db).await;
        let beside = signed_in(db, PASSWORD).await.expect("signs in");
        let away = signed_in(db, PASSWORD).await.expect("signs in");
        let second = create_household(db, &away.caller, "WG", "EUR").await.expect("founds");
        let away = switch_household(db, &away.caller, second.household).await.expect("switches");
        let socket = { let (db, caller) = (db.clone(), away.caller); tokio::spawn(async move { ended(&db, &caller).await }) };
        let change = |current: &str, new: &str| ChangePassword { current_password: current.into(), new_password: new.into() };
        assert!(matches!(change_password(db, &own.caller, change("wrong horse", "battery staple"), HERE).await, Err(Error::Invalid { field: "currentPassword", .. })));
        assert!(matches!(change_password(db, &own.caller, change(PASSWORD, "short"), HERE).await, Err(Error::Invalid { field: "newPassword", .. })));
        assert!(stands(db, &beside).await);
        change_password(db, &own.caller, change(PASSWORD, "battery staple"), HERE).await.expect("changes");
        assert!(stands(db, &own).await && !stands(db, &beside).await && !stands(db, &away).await);
        // The other household is told by a job.
        let lease = Lease { worker: "a".into(), length: Duration::from_mins(1) };
        let runs = job::claim(db, domain::job::Lane::Urgent, 4, &lease).await.expect("claims").runs;
        assert_eq!(runs.iter().map(|run| run.scope().household()).collect::<Vec<_>>(), [second.household]);
        super::super::tell_sessions_ended(&runs[0]).await.expect("tells");
        tokio::time::timeout(Duration::from_mins(1), socket).await.expect("heard").expect("ends");
        assert!(matches!(signed_in(db, PASSWORD).await, Err(Error::WrongCredentials)));
        signed_in(db, "battery staple").await.expect("signs in");
    }

    async fn a_token_is_for_one_household_and_only_for_members(bench: Bench) {
        let db = &bench.db;
        let anna = registered(db).await;
        let berta = register(db, Register { mail_address: "berta@example.org".into(), ..self::anna() }, HERE).await.expect("registers");
        let strange = berta.caller.scope.household();
        for household in [strange, HouseholdId(1), crate::household::HOUSE] {
            assert!(matches!(switch_household(db, &anna.caller, household).await, Err(Error::NotFound { what: "household" })));
        }
        let second = create_household(db, &anna.caller, "WG", "EUR").await.expect("founds");
        let switched = switch_household(db, &anna.caller, second.household).await.expect("switches");
        assert_eq!(switched.caller.scope.household(), second.household);
        assert_eq!(switched.caller.session, anna.caller.session);
        assert!(stands(db, &anna).await, "the first token stays good until it runs out");
        // The session, and the next sign-in, go on in the second.
        let refreshed = refresh(db, &switched.tokens.refresh).await.expect("refreshes");
        assert_eq!(refreshed.caller.scope.household(), second.household);
        assert_eq!(signed_in(db, PASSWORD).await.expect("signs in").caller.scope.household(), second.household);
        assert!(matches!(create_household(db, &anna.caller, "WG", "DEM").await, Err(Error::Invalid { field: "currency", .. })));
    }

    async fn a_profile_changes_field_by_field(bench: Bench) {
        let db = &bench.db;
        let caller: Caller = registered(db).await.caller;
        let seen = update_profile(db, &caller, UpdateProfile { name: Some(" Anna M. ".into()), ..UpdateProfile::default() }).await.expect("changes");
        assert_eq!((seen.name.as_str(), seen.locale.as_str(), seen.time_zone.as_str()), ("Anna M.", "de-CH", "Europe/Zurich"));
        let wrong = UpdateProfile { locale: Some("fr".into()), time_zone: Some("Nowhere".into()), ..UpdateProfile::default() };
        assert!(matches!(update_profile(db, &caller, wrong).await, Err(Error::Invalid { field: "timeZone", .. })));
        assert_eq!(update_profile(db, &caller, UpdateProfile::default()).await.expect("reads").locale, "de-CH", "nothing was half-written");
    }

    async fn two_who_register_the_same_address_at_once_are_one(bench: Bench) {
        let db = &bench.db;
        let outcomes = join_all((0..4).map(|_| register(db, anna(), HERE))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::Conflict { .. }))), "{outcomes:?}");
    }

    async fn a_process_with_another_key_is_refused(bench: Bench) {
        crate::installation::assert_key(&bench.db).await.expect("the first one sets it");
        crate::installation::assert_key(&bench.another(2).await).await.expect("the same key");
        let stranger = bench.with_key(9).await;
        assert!(matches!(crate::installation::assert_key(&stranger).await, Err(Error::Conflict { .. })));
        assert!(ended(&stranger, &registered(&bench.db).await.caller).now_or_never().is_none(), "a caller that stands is not ended");
    }
}
