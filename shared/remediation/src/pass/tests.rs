mod concurrency;
mod corpus;
pub(crate) mod fixture;
mod freshness;
mod outcomes;
mod records;
mod weather;
