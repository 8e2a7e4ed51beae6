//! People, their contacts, links and sessions.

use std::sync::Arc;

use async_trait::async_trait;
use hansei_app::ports::{Clock, PageMessage, Sender, SenderKind, Senders};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig};
use hansei_domain::access::Role;
use hansei_domain::catalog::ContactKind;
use hansei_domain::ids::PersonId;
use hansei_domain::page::SendOutcome;
use hansei_web::{Web, WebConfig};
use http::StatusCode;
use parking_lot::Mutex;

use super::{main_of, value_of};
use crate::world::{FakeClock, FakeIds, Session, World, formats};

#[tokio::test]
async fn somebody_is_added_with_a_link_that_is_shown_once() {
    let world = World::new().await;
    let fields = [
        ("name", "Ben Okafor"),
        ("email", "Ben@Example.org"),
        ("role", "manager"),
        ("locale", "ja"),
        ("zone", "Asia/Tokyo"),
    ];
    let added = world.post(&world.admin, "/people", &fields).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let main = main_of(&added);
    let from = main.find("http://hansei.test/password/").unwrap();
    let link = &main[from + 18..from + main[from..].find('<').unwrap()];
    assert_eq!(world.get(link).await.status, StatusCode::OK);
    assert!(
        main.contains("mailto:Ben@example.org?subject=Hansei%E3%81%B8"),
        "the mail is in their language: {main}"
    );
    let catalog = world.app.catalog.now();
    let ben = catalog.person_by_email("ben@example.org").unwrap();
    assert_eq!((ben.role, ben.locale.as_str(), ben.contacts.len()), (Role::Manager, "ja", 1));
    let page = main_of(&world.page(&world.admin, &format!("/people/{}", ben.id)).await);
    assert!(!page.contains("/password/") && page.contains("17:00 JST"), "their time is shown: {page}");
}

#[tokio::test]
async fn a_wrong_form_keeps_everything_and_names_every_field() {
    let world = World::new().await;
    let bad = [
        ("name", "Ben"),
        ("email", "ada@example.org"),
        ("role", "viewer"),
        ("locale", "fr"),
        ("zone", "Mars/Olympus"),
    ];
    let answer = world.post(&world.admin, "/people", &bad).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let main = main_of(&answer);
    for field in ["email", "locale", "zone"] {
        assert!(main.contains(&format!("id=\"{field}-error\"")), "{field}: {main}");
    }
    assert_eq!(value_of(&main, "name"), "Ben");
    let nobody = world
        .post(&world.admin, "/people", &[("name", "Ben"), ("email", "b@example.org"), ("role", "king")])
        .await;
    assert!(main_of(&nobody).contains("id=\"role-error\""));
    assert_eq!(world.app.catalog.now().people().len(), 1);
}

#[tokio::test]
async fn a_changed_role_ends_the_sessions_and_the_last_admin_stays() {
    let world = World::new().await;
    let rita = world.somebody("Rita", Role::Responder).await;
    let at = format!("/people/{}", rita.person);
    let save = async |at: &str, role: &str, email: &str| {
        let form = main_of(&world.page(&world.admin, &format!("{at}/edit")).await);
        let seen = value_of(&form, "_seen");
        let fields = [
            ("name", "X"),
            ("email", email),
            ("role", role),
            ("locale", "en"),
            ("zone", "UTC"),
            ("_seen", &seen),
        ];
        world.post(&world.admin, at, &fields).await
    };
    assert_eq!(world.page(&rita, "/about").await.status, StatusCode::OK);
    assert_eq!(save(&at, "viewer", "rita@example.org").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.page(&rita, "/about").await.status, StatusCode::SEE_OTHER, "signed out");
    let own = format!("/people/{}", world.admin.person);
    let refused = save(&own, "viewer", "ada@example.org").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(main_of(&refused).contains("Somebody else must be an admin first"), "{}", main_of(&refused));
}

#[tokio::test]
async fn signing_in_meanwhile_is_no_conflict() {
    let world = World::new().await;
    let (ben, _) = world.person("Ben", Role::Responder).await;
    let at = format!("/people/{ben}");
    let seen = value_of(&main_of(&world.page(&world.admin, &format!("{at}/edit")).await), "_seen");
    world.sign_in(ben).await;
    let fields = [
        ("name", "Benjamin"),
        ("email", "ben@example.org"),
        ("role", "responder"),
        ("locale", "en"),
        ("zone", "UTC"),
        ("_seen", &seen),
    ];
    assert_eq!(world.post(&world.admin, &at, &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn archiving_ends_sessions_and_restoring_brings_back() {
    let world = World::new().await;
    let rita = world.somebody("Rita", Role::Responder).await;
    let at = format!("/people/{}", rita.person);
    world.post(&world.admin, &format!("{at}/archive"), &[]).await;
    assert_eq!(world.page(&rita, "/about").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.page(&world.admin, &format!("{at}/edit")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        world.post(&world.admin, &format!("{at}/password-link"), &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(main_of(&world.page(&world.admin, "/people?archived=1").await).contains(&at));
    world.post(&world.admin, &format!("{at}/restore"), &[]).await;
    assert!(main_of(&world.page(&world.admin, "/people").await).contains(&at));
}

#[tokio::test]
async fn only_admins_change_people_and_see_where_others_are_signed_in() {
    let world = World::new().await;
    let manager = world.somebody("Mia", Role::Manager).await;
    let rita = world.somebody("Rita", Role::Responder).await;
    let at = format!("/people/{}", rita.person);
    let seen = main_of(&world.page(&manager, &at).await);
    assert!(!seen.contains("<form method=\"post\"") && !seen.contains("Signed in"), "{seen}");
    for path in [format!("{at}/edit"), "/people/new".into()] {
        assert_eq!(world.page(&manager, &path).await.status, StatusCode::FORBIDDEN);
    }
    for path in [
        "/people",
        at.as_str(),
        &format!("{at}/password-link"),
        &format!("{at}/contacts"),
        &format!("{at}/sessions/end"),
    ] {
        assert_eq!(world.post(&manager, path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let own = main_of(&world.page(&rita, &at).await);
    assert!(
        own.contains("Signed in") && own.contains("Password set"),
        "one's own history is one's own: {own}"
    );
}

/// Takes everything, or refuses everything.
struct Post {
    sent: Mutex<Vec<PageMessage>>,
    refuses: bool,
}

#[async_trait]
impl Sender for Post {
    fn kind(&self) -> SenderKind {
        "email"
    }

    async fn send(&self, message: &PageMessage) -> SendOutcome {
        self.sent.lock().push(message.clone());
        if self.refuses {
            SendOutcome::GiveUp { error: "550 <no such user>".into() }
        } else {
            SendOutcome::Delivered { receipt: "250".into() }
        }
    }
}

/// A world with a mail sender.
async fn with_mail(refuses: bool) -> (World, Arc<Post>) {
    let mut world = World::new().await;
    let post = Arc::new(Post { sent: Mutex::new(Vec::new()), refuses });
    let clock: Arc<FakeClock> = Arc::clone(&world.clock);
    let senders = Senders::default().with(Arc::clone(&post) as Arc<dyn Sender>);
    let config = AppConfig { public_url: "http://hansei.test".into(), lease_secs: 30, canary_secs: 0 };
    let words = Arc::new(Words::built_in());
    let store = Arc::clone(&world.app.store);
    let clock: Arc<dyn Clock> = clock;
    let ids = Arc::new(FakeIds::new());
    // Its ids must not meet those of the world it takes over.
    for _ in 0..1_000 {
        hansei_app::ports::Ids::secret(&*ids);
    }
    world.app = App::open(store, clock, ids, senders, words, config).await.unwrap();
    world.site = hansei_web::Service::new(Web::new(Arc::clone(&world.app), WebConfig::default(), formats()));
    (world, post)
}

fn first_contact(world: &World, person: PersonId) -> String {
    world.app.catalog.now().person(person).unwrap().contacts[0].id.to_string()
}

/// The word a redirect leaves behind, as the next page shows it.
async fn said(world: &World, session: &Session, answer: &crate::world::Answer) -> String {
    let mut cookie = answer.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
    let flash =
        cookie.rfind(|c| c.starts_with("hansei_flash=")).unwrap().split(';').next().unwrap().to_owned();
    let to = answer.header("location").split('#').next().unwrap().to_owned();
    let both = Session { cookie: format!("{}; {flash}", session.cookie), ..session.clone() };
    world.page(&both, &to).await.text()
}

#[tokio::test]
async fn a_trial_goes_through_the_real_sender_and_not_too_often() {
    let (world, post) = with_mail(false).await;
    let contact = first_contact(&world, world.admin.person);
    let path = format!("/settings/contacts/{contact}/test");
    let sent = world.post(&world.admin, &path, &[]).await;
    assert!(said(&world, &world.admin, &sent).await.contains("The test page was taken"));
    let messages = post.sent.lock().clone();
    assert_eq!(messages.len(), 1);
    assert_eq!(
        (messages[0].title.as_str(), messages[0].reason.code.as_str()),
        ("This is a test: nothing is wrong", "trial")
    );
    assert_eq!(messages[0].contact, ContactKind::Email { address: "ada@example.org".into() });
    let again = world.post(&world.admin, &path, &[]).await;
    assert!(said(&world, &world.admin, &again).await.contains("A test page was sent just now"));
    assert_eq!(post.sent.lock().len(), 1);
    world.clock.forward(11);
    world.post(&world.admin, &path, &[]).await;
    assert_eq!(post.sent.lock().len(), 2);
}

#[tokio::test]
async fn a_trial_that_is_refused_says_what_the_provider_said() {
    let (world, _) = with_mail(true).await;
    let contact = first_contact(&world, world.admin.person);
    let sent = world
        .post(&world.admin, &format!("/people/{}/contacts/{contact}/test", world.admin.person), &[])
        .await;
    let page = said(&world, &world.admin, &sent).await;
    assert!(page.contains("550 &#60;no such user&#62;"), "{page}");
}

#[tokio::test]
async fn contacts_are_added_moved_and_removed_and_a_webhook_gets_a_secret_once() {
    let world = World::new().await;
    let rita = world.somebody("Rita", Role::Responder).await;
    let add = async |kind: &str, to: &str| {
        world.post(&rita, "/settings/contacts", &[("kind", kind), ("to", to)]).await
    };
    assert_eq!(add("email", "rita@example.org").await.status, StatusCode::SEE_OTHER);
    let hooked = add("webhook", "https://hooks.example.org/rita").await;
    assert_eq!(hooked.status, StatusCode::CREATED);
    let main = main_of(&hooked);
    assert!(main.contains("whsec_"), "{main}");
    for (kind, to) in
        [("webhook", "ftp://x"), ("email", "rita"), ("email", "rita@example.org"), ("loopback", "x")]
    {
        let wrong = add(kind, to).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind} {to}");
        assert_eq!(value_of(&main_of(&wrong), "to"), to, "what was typed stays");
    }
    let kinds = || {
        let catalog = world.app.catalog.now();
        let person = catalog.person(rita.person).unwrap();
        person.contacts.iter().map(|c| (c.id.to_string(), c.contact.kind())).collect::<Vec<_>>()
    };
    let (mail, hook) = (kinds()[0].0.clone(), kinds()[1].0.clone());
    world.post(&rita, &format!("/settings/contacts/{hook}/up"), &[]).await;
    assert_eq!(kinds().iter().map(|k| k.1).collect::<Vec<_>>(), ["webhook", "email"]);
    let secret = main_of(&world.post(&rita, &format!("/settings/contacts/{hook}/secret"), &[]).await);
    assert!(secret.contains("whsec_") && !main.contains(&value_between(&secret, "whsec_")), "another one");
    world.post(&rita, &format!("/settings/contacts/{mail}/remove"), &[]).await;
    assert_eq!(kinds().len(), 1);
    world.post(&rita, "/settings/contacts/pause", &[("next_contact_secs", "2 min")]).await;
    assert_eq!(world.app.catalog.now().person(rita.person).unwrap().next_contact_secs, 120);
    let nobody = world.post(&rita, &format!("/settings/contacts/{mail}/test"), &[]).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

fn value_between(page: &str, from: &str) -> String {
    let at = page.find(from).unwrap();
    page[at..at + page[at..].find('<').unwrap()].to_owned()
}
