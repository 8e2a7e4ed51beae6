//! Tables as data: their columns, and the statements that write many rows of them at once.

use std::sync::OnceLock;

use super::dialect::Dialect;
use super::val::Val;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A truth value.
    Bool,
    /// An instant.
    At,
    /// Bytes.
    Bytes,
}

impl Kind {
    /// PostgreSQL's name of the type.
    pub fn postgres(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "bigint",
            Self::Bool => "boolean",
            Self::At => "timestamptz",
            Self::Bytes => "bytea",
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// It never changes once the row is there: updates leave it (and its indexes) alone.
    pub fixed: bool,
}

impl Column {
    /// A column that may change.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, fixed: false }
    }

    /// A column that never changes.
    pub const fn fixed(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, fixed: true }
    }
}

/// A table: its name, the columns of its primary key, and all columns in the order in which rows carry them.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its primary key.
    pub key: &'static [&'static str],
    /// All its columns.
    pub columns: &'static [Column],
}

impl Table {
    /// The names of all columns, for a SELECT.
    pub fn column_list(&self, prefix: &str) -> String {
        let names: Vec<String> = self.columns.iter().map(|c| format!("{prefix}{}", c.name)).collect();
        names.join(", ")
    }
}

/// What a write does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Adds it; a row in its way is an error.
    Insert,
    /// Adds it unless a unique index has something against it; such a row is not counted.
    InsertNew,
    /// Changes the row of the same key if its version is that of the extra last cell; else it is not counted.
    UpdateVersion,
    /// Changes the row of the same key if its column `grows` becomes larger by that; else it is not counted. The
    /// column `stays_missing` is left missing if it is.
    UpdateGrowing {
        /// A count that only grows.
        grows: &'static str,
        /// A column that this may change, but not fill.
        stays_missing: &'static str,
    },
    /// Adds it or replaces the row of the same key.
    Upsert,
}

/// A statement that writes many rows of one table.
#[derive(Debug)]
pub(crate) struct Write {
    /// The table.
    pub table: &'static Table,
    /// What is done.
    pub mode: Mode,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Write {
    /// A write; its texts are made when they are first needed.
    pub const fn new(table: &'static Table, mode: Mode) -> Self {
        Self { table, mode, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// Cells in one row: the columns, and for [`Mode::UpdateVersion`] the expected version.
    pub fn stride(&self) -> usize {
        self.table.columns.len() + usize::from(self.mode == Mode::UpdateVersion)
    }

    /// The types of a row's cells.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        let guard = (self.mode == Mode::UpdateVersion).then_some(Kind::Int);
        self.table.columns.iter().map(|c| c.kind).chain(guard)
    }

    /// The statement in a dialect.
    pub fn text(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Sqlite => self.sqlite.get_or_init(|| self.sqlite_text()),
            Dialect::Postgres => self.postgres.get_or_init(|| self.postgres_text()),
        }
    }

    fn assignments(&self, value: impl Fn(&'static str) -> String) -> String {
        let changing = self.table.columns.iter().filter(|c| !c.fixed && !self.table.key.contains(&c.name));
        changing.map(|c| format!("{} = {}", c.name, value(c.name))).collect::<Vec<_>>().join(", ")
    }

    /// Assignments and condition of an update, if this is one; `new` names a column of the new row.
    fn update(&self, new: impl Fn(&'static str) -> String, expected: &str) -> Option<String> {
        let Table { name: table, key, .. } = self.table;
        let key = key.first()?;
        let same = format!("{table}.{key} = {}", new(key));
        match self.mode {
            Mode::UpdateVersion => {
                Some(format!("{} WHERE {same} AND {table}.version = {expected}", self.assignments(new)))
            }
            Mode::UpdateGrowing { grows, stays_missing } => {
                let larger = format!("{table}.{grows} < {}", new(grows));
                let set = self.assignments(|name| {
                    if name == stays_missing {
                        format!("CASE WHEN {table}.{name} IS NULL THEN NULL ELSE {} END", new(name))
                    } else {
                        new(name)
                    }
                });
                Some(format!("{set} WHERE {same} AND {larger}"))
            }
            Mode::Insert | Mode::InsertNew | Mode::Upsert => None,
        }
    }

    fn on_conflict(&self) -> String {
        match self.mode {
            Mode::Insert | Mode::UpdateVersion | Mode::UpdateGrowing { .. } => String::new(),
            Mode::InsertNew => " ON CONFLICT DO NOTHING".into(),
            Mode::Upsert => {
                let set = self.assignments(|name| format!("excluded.{name}"));
                format!(" ON CONFLICT ({}) DO UPDATE SET {set}", self.table.key.join(", "))
            }
        }
    }

    /// One row at a time: preparing once and binding anew is the fastest that SQLite offers.
    fn sqlite_text(&self) -> String {
        let table = self.table.name;
        let place = |name: &str| self.table.columns.iter().position(|c| c.name == name).map_or(0, |i| i + 1);
        if let Some(update) = self.update(|name| format!("?{}", place(name)), &format!("?{}", self.stride()))
        {
            return format!("UPDATE {table} SET {update}");
        }
        let places: Vec<String> = (1..=self.stride()).map(|i| format!("?{i}")).collect();
        let (columns, places) = (self.table.column_list(""), places.join(", "));
        format!("INSERT INTO {table} ({columns}) VALUES ({places}){}", self.on_conflict())
    }

    /// All rows at once, as one array per column.
    fn postgres_text(&self) -> String {
        let table = self.table.name;
        let arrays: Vec<String> =
            self.kinds().enumerate().map(|(i, k)| format!("${}::{}[]", i + 1, k.postgres())).collect();
        let (columns, arrays) = (self.table.column_list(""), arrays.join(", "));
        if let Some(update) = self.update(|name| format!("v.{name}"), "v.expected") {
            let expected = if self.mode == Mode::UpdateVersion { ", expected" } else { "" };
            let (set, filter) = update.split_once(" WHERE ").unwrap_or((&update, "TRUE"));
            return format!(
                "UPDATE {table} SET {set} FROM UNNEST({arrays}) AS v ({columns}{expected}) WHERE {filter}"
            );
        }
        format!("INSERT INTO {table} ({columns}) SELECT * FROM UNNEST({arrays}){}", self.on_conflict())
    }
}

/// Rows for a [`Write`], one after the other in one list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows<'a> {
    /// The cells.
    pub cells: Vec<Val<'a>>,
}

impl<'a> Rows<'a> {
    /// How many rows there are.
    pub fn len(&self, write: &Write) -> usize {
        self.cells.len() / write.stride()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Adds one row.
    pub fn push(&mut self, row: impl IntoIterator<Item = Val<'a>>) {
        self.cells.extend(row);
    }
}
