=head1 NAME

CampaignService - the HTTP of doubles of services

=head1 SYNOPSIS

  use lib 'test/perl';
  use CampaignService;

  serve($log, sub { my ($request) = @_; ...; return answer(200, {id => 1}) });

=cut

package CampaignService;

use strict;
use warnings;

use Exporter 'import';
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();

our @EXPORT = qw(serve answer misbehave);

my $json = JSON::PP->new->canonical->utf8;

=head1 FUNCTIONS

=over

=item answer($status, $body, %headers)

An answer; a body that is a reference is written as JSON.

=cut

sub answer
{
	my ($status, $body, %headers) = @_;
	$body = $json->encode($body) if ref $body;
	my $head = "HTTP/1.1 $status Answer\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\n";
	$head .= "$_: $headers{$_}\r\n" for keys %headers;
	return { status => $status, bytes => "$head\r\n$body" };
}

=item misbehave($how)

What a server should not answer: a status (500), or hang (never answers), cut (closes), big (10 MB), deep (JSON
nested 20,000 times), utf8 (bytes that are none), nul, html, empty, number (JSON with a number that nobody can
hold), garbage (JSON that breaks off).

=cut

sub misbehave
{
	my ($how) = @_;
	return { status => 0, hang => 1 } if $how eq 'hang';
	return { status => 0, bytes => '' } if $how eq 'cut';
	return answer($how, '{"type": "errors/internal_error"}') if $how =~ /^\d{3}$/;
	my %bodies = (
		big => '{"provider_id": "' . 'x' x ($how eq 'big' ? 10_000_000 : 1) . '"}',
		deep => '[' x 20_000 . ']' x 20_000,
		utf8 => "{\"provider_id\": \"\xff\xfe\"}",
		nul => '{"provider_id": "\u0000"}',
		html => '<html>busy</html>',
		empty => '',
		number => '{"provider_id": 1e999999999}',
		garbage => '{"provider_id": "ACo');
	return answer(200, $bodies{$how} // die "nobody knows how to answer $how");
}

sub plain
{
	my ($text) = @_;
	$text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
	return $text;
}

sub parts
{
	my ($boundary, $bytes) = @_;
	my %fields;
	for my $part (split /--\Q$boundary\E(?:--)?\r\n/, $bytes)
	{
		$fields{$1} = $2 if $part =~ /^Content-Disposition: form-data; name="([^"]*)"\r\n\r\n(.*)\r\n$/s;
	}
	return \%fields;
}

# A whole request, taken from the bytes; nothing as long as it is not there.
sub request_of
{
	my ($bytes) = @_;
	return unless $$bytes =~ /^(.*?)\r\n\r\n/s;
	my ($head, $start) = ($1, $+[0]);
	my ($length) = $head =~ /^Content-Length: *(\d+)/mi;
	return if length($$bytes) < $start + ($length // 0);
	my $raw = substr $$bytes, $start, $length // 0;
	substr($$bytes, 0, $start + ($length // 0)) = '';
	my ($method, $target) = $head =~ /^(\S+) (\S+)/;
	my ($path, $query) = split /\?/, $target, 2;
	my ($type) = $head =~ /^Content-Type: *(.*?)\r?$/mi;
	my ($token) = $head =~ /^(?:X-API-KEY|Authorization): *(.*?)\r?$/mi;
	my ($key) = $head =~ /^Idempotency-Key: *(.*?)\r?$/mi;
	my %request = (method => $method, path => plain($path), token => $token // '', key => $key, body => {}, raw => $raw);
	$request{query} = { map { my ($name, $value) = split /=/, $_, 2; (plain($name), plain($value // '')) } split /&/, $query // '' };
	utf8::decode(my $text = $raw);
	$request{body} = parts($1, $text) if ($type // '') =~ /^multipart\/form-data; boundary=(.*)$/;
	$request{body} = eval { $json->decode($raw) } // {} if ($type // '') =~ /json/ && length $raw;
	return \%request;
}

=item serve($log, $handler)

Listens, prints its port, and gives each request to the handler: a hash of method, path, query, body, raw, token and
key. Each is written to the log as a line of JSON, with the status of the answer, and what the handler has put
into effect.

=cut

sub respond
{
	my ($socket, $request, $log, $handler) = @_;
	my $answer = $handler->($request);
	print $log $json->encode({ %$request, status => $answer->{status} }), "\n" if $request->{path} ne '/control';
	return 1 if $answer->{hang};
	my $done = 0;
	while ($done < length $answer->{bytes})
	{
		my $n = syswrite $socket, $answer->{bytes}, 65536, $done;
		last unless $n;
		$done += $n;
	}
	return $done > 0 && $done == length $answer->{bytes};
}

# Reads from one, and answers what is there of requests; false when it is over.
sub converse
{
	my ($socket, $in, $log, $handler) = @_;
	sysread $socket, $$in, 65536, length $$in or return 0;
	while (my $request = request_of($in))
	{
		respond($socket, $request, $log, $handler) or return 0;
	}
	return 1;
}

sub serve
{
	my ($log, $handler) = @_;
	my $listener = IO::Socket::INET->new(Listen => 100, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "could not listen: $!";
	my $select = IO::Select->new($listener);
	my %in;
	local $SIG{PIPE} = 'IGNORE';
	STDOUT->autoflush(1);
	print 'listening ', $listener->sockport, "\n";
	while (my @ready = $select->can_read)
	{
		for my $socket (@ready)
		{
			if ($socket == $listener)
			{
				my $new = $listener->accept or next;
				$select->add($new);
				$in{$new} = '';
			}
			elsif (!converse($socket, \$in{$socket}, $log, $handler))
			{
				$select->remove($socket);
				delete $in{$socket};
				close $socket;
			}
		}
	}
}

=back

=cut

1;
