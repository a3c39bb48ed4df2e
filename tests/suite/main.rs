//! Tests over data: the template, the events, the tree itself.

#[cfg(test)]
mod template;
