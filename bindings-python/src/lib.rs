//! The Python binding: a thin bridge over `flowwright::embed`.
