//! Tests over data; there is no library here.
