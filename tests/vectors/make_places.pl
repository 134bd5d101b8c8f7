#!/usr/bin/perl
# Makes places.mmdb, the MaxMind DB file that tests look addresses up in, with MaxMind's own writer
# (Debian: libmaxmind-db-writer-perl). Documentation networks (RFC 5737, RFC 3849) and loopback stand for the world:
#
#   perl make_places.pl places.mmdb
use strict;
use warnings;
use MaxMind::DB::Writer::Tree;

my %types = (location => 'map', latitude => 'double', longitude => 'double', country => 'map', iso_code => 'utf8_string');
my $tree = MaxMind::DB::Writer::Tree->new(
    ip_version => 6,
    record_size => 24,
    database_type => 'Muster-Test-Places',
    languages => ['en'],
    description => { en => 'Places of documentation networks, for tests' },
    map_key_type_callback => sub { $types{ $_[0] } },
    remove_reserved_networks => 0,
);
my %berlin = (location => { latitude => 52.52, longitude => 13.4 }, country => { iso_code => 'DE' });
my %sydney = (location => { latitude => -33.87, longitude => 151.21 }, country => { iso_code => 'AU' });
$tree->insert_network('198.51.100.0/24', \%berlin);
$tree->insert_network('203.0.113.0/24', \%sydney);
$tree->insert_network('2001:db8:1::/48', \%berlin);
$tree->insert_network('2001:db8:2::/48', \%sydney);
$tree->insert_network('127.7.0.0/16', \%sydney);
# A record without a place, as such files have for anonymous networks.
$tree->insert_network('192.0.2.0/24', { country => { iso_code => 'FR' } });
open my $file, '>:raw', $ARGV[0] or die "$ARGV[0]: $!";
$tree->write_tree($file);
