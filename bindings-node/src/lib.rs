//! The Node binding: a thin bridge over `flowwright::embed`.
