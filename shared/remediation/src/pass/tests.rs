mod concurrency;
mod corpus;
mod fixture;
mod freshness;
mod outcomes;
mod records;
mod weather;
