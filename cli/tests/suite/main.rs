//! Runs the binary as people do, and compares what it says with transcripts.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod corpus;
mod documents;
#[cfg(test)]
mod door;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod package;
#[cfg(test)]
mod past;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod transcript;
