//! Compile .net files from a build script.
