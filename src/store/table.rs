//! Tables: what a store may hold, by name, prefix and version.

/// A named collection of records of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    prefix: u8,
    name: &'static str,
    version: u32,
}

impl Table {
    /// A table whose keys begin with `prefix` on disk, which is called `name` in dumps and errors, and whose records
    /// are written at `version`.
    ///
    /// # Panics
    ///
    /// When `prefix` is zero, which is the store's own; in a `const`, that is an error of the compiler.
    #[must_use]
    pub const fn new(prefix: u8, name: &'static str, version: u32) -> Self {
        assert!(prefix != 0, "the prefix 0 belongs to the store's own seal");
        Self {
            prefix,
            name,
            version,
        }
    }

    /// The table's name in dumps and errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The version at which this healthbot writes the table's records, and the newest that it reads.
    #[must_use]
    pub const fn version(self) -> u32 {
        self.version
    }

    /// The first byte of every key of the table.
    pub(super) const fn prefix(self) -> u8 {
        self.prefix
    }
}

/// Every table that a store may hold: what the check at opening and the dumps go by.
#[derive(Debug, Clone, Copy)]
pub struct Tables(&'static [Table]);

impl Tables {
    /// The set of `tables`.
    ///
    /// # Panics
    ///
    /// When two of them share a prefix; in a `const`, that is an error of the compiler.
    #[must_use]
    pub const fn new(tables: &'static [Table]) -> Self {
        let mut one = 0;
        while one < tables.len() {
            let mut other = one + 1;
            while other < tables.len() {
                assert!(
                    tables[one].prefix != tables[other].prefix,
                    "two tables share a prefix"
                );
                other += 1;
            }
            one += 1;
        }
        Self(tables)
    }

    /// The table that a stored key belongs to.
    pub(super) fn of_key(self, key: &[u8]) -> Option<Table> {
        let prefix = *key.first()?;
        self.0.iter().copied().find(|table| table.prefix == prefix)
    }

    /// The table called `name`.
    pub(super) fn named(self, name: &str) -> Option<Table> {
        self.0.iter().copied().find(|table| table.name == name)
    }
}
