//! Tests over data: the template, the settings, the events, the tree itself.

#[cfg(test)]
mod failure_modes;
#[cfg(test)]
mod pattern;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod template;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod worlds;
