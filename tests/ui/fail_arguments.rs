netwright::network!(42);
netwright::network!();
netwright::network!("no_such.net");
netwright::network!("ways/small.net" junk);

fn main() {}
