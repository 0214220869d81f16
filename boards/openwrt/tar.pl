#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# tar.pl FOLDER TIME <LIST: print a tar without the blocks that end it. A line of LIST is "SHA1 NAME" or "- NAME"; NAME
# is a file or directory in FOLDER. The SHA-1 goes into the member's extended header, as apk-tools 2 and 3 read it, and
# which GNU tar does not write unless it has something else to write there. All members are root's.
use strict;
use warnings;

my ($folder, $time) = @ARGV;

sub padded { $_[0] . "\0" x (-length($_[0]) % 512) }

sub header {
    my ($name, $mode, $size, $type) = @_;
    die "tar.pl: $name is too long\n" if length $name > 100;
    my $block = pack 'a100 a8 a8 a8 a12 a12 a8 a1 a100 a6 a2 a32 a32 a8 a8 a155 x12', $name, sprintf('%07o', $mode),
        '0000000', '0000000', sprintf('%011o', $size), sprintf('%011o', $time), ' ' x 8, $type, '', "ustar\0", '00',
        'root', 'root', '0000000', '0000000', '';
    substr($block, 148, 8) = sprintf "%06o\0 ", unpack '%32C*', $block;
    return $block;
}

# A record of an extended header begins with its own length.
sub record {
    my $rest = " $_[0]\n";
    my $size = length $rest;
    $size = length($rest) + length $size for 1 .. 3;
    return $size . $rest;
}

binmode STDOUT;
while (<STDIN>) {
    chomp;
    my ($sum, $name) = split / +/, $_, 2;
    my $mode = (stat "$folder/$name")[2] // die "tar.pl: $folder/$name: $!\n";
    if (-d _) {
        print header("$name/", $mode & 07777, 0, 5);
        next;
    }
    open my $file, '<:raw', "$folder/$name" or die "tar.pl: $folder/$name: $!\n";
    my $content = do { local $/; <$file> } // '';
    if ($sum ne '-') {
        my $extended = record("APK-TOOLS.checksum.SHA1=$sum");
        print header("PaxHeaders/$name", 0644, length $extended, 'x'), padded($extended);
    }
    print header($name, $mode & 07777, length $content, 0), padded($content);
}
close STDOUT or die "tar.pl: $!\n";
