mod concurrency;
mod corpus;
pub(crate) mod fixture;
mod freshness;
mod laws;
mod outcomes;
mod records;
mod revocation;
mod weather;
