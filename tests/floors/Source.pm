# Reads our C sources for the tests of this folder.
package Source;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(files bare);

my $top = $ENV{TOP} // '.';

# Paths below the top that match the patterns.
sub files {
	my @patterns = @_;
	return sort map { s{^\Q$top\E/}{}r } map { glob "$top/$_" } @patterns;
}

# The text of a file, with everything in comments, strings and characters blanked; lines stay lines.
sub bare {
	my ($path) = @_;
	open my $file, '<', "$top/$path" or die "$path: $!";
	my $text = do { local $/; <$file> };
	$text =~ s{
		( /\*.*?\*/ | //[^\n]* ) | ( "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
	}{ my $gone = $1 // $2; $gone =~ s/[^\n]/ /gr }gsex;
	return $text;
}

1;
