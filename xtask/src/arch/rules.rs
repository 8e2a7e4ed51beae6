//! The table of floors: the whole law, as data.
//!
//! To allow something new, change a line here and say why in a decision record. Rules are matched by package
//! name; libraries from outside are free unless a floor is restricted ([`Outside::Only`]) or the library has a
//! [`Home`].

/// One crate of the workspace and what it may use.
pub struct Floor {
    /// Name in its `Cargo.toml`.
    pub package: &'static str,
    /// Crates of the workspace it may depend on.
    pub rests_on: &'static [&'static str],
    /// Further ones its tests may depend on.
    pub tests_with: &'static [&'static str],
    /// Which libraries from outside it may name.
    pub outside: Outside,
    /// Libraries that may not even arrive through another one.
    pub never_links: &'static [&'static str],
    /// Whether it puts floors together, and therefore links everything.
    pub composes: bool,
}

/// The libraries from outside that a floor may name.
#[derive(Clone, Copy)]
pub enum Outside {
    /// Whatever has no home elsewhere.
    Any,
    /// These and no others.
    Only {
        /// In its code.
        code: &'static [&'static str],
        /// In its tests, besides.
        tests: &'static [&'static str],
    },
}

/// A library that only certain crates may use.
pub struct Home {
    /// The library.
    pub library: &'static str,
    /// The crates that may depend on it and link it.
    pub packages: &'static [&'static str],
    /// Why, for the person who is refused.
    pub reason: &'static str,
}

const EVERYTHING: &[&str] =
    &["hansei-domain", "hansei-app", "hansei-store", "hansei-connect", "hansei-web", "hansei-testkit"];

/// A middle floor: rests on domain and app, tests with the testkit.
const fn middle(package: &'static str) -> Floor {
    Floor {
        package,
        rests_on: &["hansei-domain", "hansei-app"],
        tests_with: &["hansei-testkit"],
        outside: Outside::Any,
        never_links: &[],
        composes: false,
    }
}

/// A crate that puts the floors together.
const fn composer(package: &'static str) -> Floor {
    Floor {
        package,
        rests_on: EVERYTHING,
        tests_with: &["hansei"],
        outside: Outside::Any,
        never_links: &[],
        composes: true,
    }
}

/// Every crate of the workspace.
pub const FLOORS: &[Floor] = &[
    Floor {
        package: "hansei-domain",
        rests_on: &[],
        tests_with: &[],
        outside: Outside::Only {
            code: &["jiff", "serde", "serde_json", "sha2", "thiserror"],
            tests: &["proptest", "insta"],
        },
        never_links: &["tokio", "mio", "tracing", "getrandom", "rand", "hyper", "async-trait"],
        composes: false,
    },
    Floor {
        package: "hansei-app",
        rests_on: &["hansei-domain"],
        tests_with: &["hansei-testkit"],
        outside: Outside::Any,
        never_links: &["hyper", "lettre"],
        composes: false,
    },
    middle("hansei-store"),
    middle("hansei-connect"),
    // Its tests send real payloads through the doors into a store in memory.
    Floor { tests_with: &["hansei-testkit", "hansei-store", "hansei-connect"], ..middle("hansei-web") },
    composer("hansei"),
    composer("hansei-testkit"),
    composer("bench"),
    // The house-keeping must build in seconds and while the product does not compile.
    Floor {
        package: "xtask",
        rests_on: &[],
        tests_with: &[],
        outside: Outside::Only { code: &["serde", "serde_json", "toml"], tests: &[] },
        never_links: &[],
        composes: false,
    },
];

/// Libraries with a home.
pub const HOMES: &[Home] = &[
    Home { library: "rusqlite", packages: &["hansei-store"], reason: "one owner of SQLite" },
    Home { library: "libsqlite3-sys", packages: &["hansei-store"], reason: "one owner of SQLite" },
    Home { library: "tokio-postgres", packages: &["hansei-store"], reason: "SQL lives in one crate" },
    Home {
        library: "reqwest",
        packages: &["hansei-connect", "hansei", "hansei-testkit", "bench"],
        reason: "outbound HTTP goes through connect's guarded client; hansei has its own API client",
    },
    Home {
        library: "axum",
        packages: &["hansei-web", "hansei-testkit", "bench"],
        reason: "HTTP is translated in one crate; the testkit plays other people's servers",
    },
];
