mod cli;
mod door;
mod linear;
mod page;
mod refuse;
mod submit;
mod taxonomy;
