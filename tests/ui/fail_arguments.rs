netwright::network!(42);
netwright::network!();
netwright::network!("no_such.net");

fn main() {}
