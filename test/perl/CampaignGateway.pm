=head1 NAME

CampaignGateway - the ground on which local doubles of services stand

=head1 SYNOPSIS

  use CampaignGateway;

  my $double = start_gateway(sub {
      my ($request) = @_;
      return { status => 201, json => { id => 7 } } if $request->{path} eq '/leads';
      return { status => 404, json => { error => 404 } };
  });
  $double->next_answer({ status => 429, headers => { 'Retry-After' => 1 } });
  ... $double->url('/leads') ...
  is(scalar(my @requests = $double->requests(method => 'POST')), 2, 'it was asked twice');

=head1 DESCRIPTION

A process of its own listens on a free port of 127.0.0.1 and speaks HTTP/1.1 with connections that are
kept. What the service does is a function from a request to an answer; its state is that of the process.
Each request is written down before it is answered, but for those below C</double/>, by which a test may ask
what the double holds. Answers that go wrong are asked for by the test,
while the double runs: they stand in the place of the next answers.

A request has C<method>, C<path> (without the query), C<query> (a hash, decoded), C<headers> (a hash, names in
lower case), C<body>, and C<json>: the body decoded, undef if it is none. An answer has C<status>, C<headers>,
and C<json> or C<body>.

=cut

package CampaignGateway;

use strict;
use warnings;

use Exporter 'import';
use Fcntl qw(:flock SEEK_SET);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use PostgreSQL::Test::Utils ();
use Time::HiRes qw(time);

our @EXPORT = qw(start_gateway);

my $json = JSON::PP->new->canonical->utf8->allow_nonref->max_depth(4000);
my %children;

=head1 FUNCTIONS

=over

=item start_gateway($service)

Starts a double that answers by $service, a function, and returns it when it listens.

=cut

sub start_gateway
{
	my ($service) = @_;
	my $place = PostgreSQL::Test::Utils::tempdir('gateway');
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 128, ReuseAddr => 1)
		or die "no port for a double: $!";
	my $self = bless {
		port => $listener->sockport,
		log => "$place/requests",
		faults => "$place/faults",
	}, __PACKAGE__;

	for my $file ($self->{log}, $self->{faults})
	{
		open my $made, '>', $file or die "$file: $!";
	}
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0)
	{
		# nothing of the test's own is ended with this process
		eval { serve($self, $listener, $service); 1 } or print STDERR "double: $@";
		POSIX::_exit(1);
	}
	close $listener;
	$children{ $self->{pid} } = 1;
	return $self;
}

END
{
	my $status = $?;
	kill 'KILL', $_ for keys %children;
	waitpid $_, 0 for keys %children;
	$? = $status;
}

=item $double->url($path)

=item $double->next_answer(\%answer, ...)

The next requests that fit get these answers, one each, in this order, and the service does not see them.
An answer has C<status>, C<headers>, C<json> or C<body> as those of services, and

  method, path  only requests of this method, and whose path begins so
  times         for so many requests instead of one
  hex           a body in hexadecimal digits, for bytes that are no text
  blanks        so many bytes of white space before the body
  deep          arrays nested so deep, as the body
  after         the service sees the request and does what it asks for; its answer is thrown away
  cut           the connection is closed instead of an answer
  hang          there is no answer at all
  delay         seconds before the answer

=item $double->faults_left

How many of them nobody has got yet.

=item $double->requests(%of)

What was asked so far, in order; with C<method> or C<path> (how it begins), only such requests.

=item $double->stop

=back

=cut

sub url
{
	my ($self, $path) = @_;
	return "http://127.0.0.1:$self->{port}" . ($path // '');
}

sub locked
{
	my ($file, $do) = @_;
	open my $handle, '+<', $file or die "$file: $!";
	flock $handle, LOCK_EX or die "$file: $!";
	my @lines = <$handle>;
	my ($lines, $result) = $do->(@lines);
	if (defined $lines)
	{
		seek $handle, 0, SEEK_SET;
		truncate $handle, 0;
		print $handle @$lines;
	}
	close $handle;
	return $result;
}

sub next_answer
{
	my ($self, @answers) = @_;
	my @more = map { ($json->encode($_) . "\n") x ($_->{times} // 1) } @answers;
	locked($self->{faults}, sub { return [ @_, @more ] });
	return;
}

sub faults_left
{
	my ($self) = @_;
	return locked($self->{faults}, sub { return (undef, scalar @_) });
}

sub requests
{
	my ($self, %of) = @_;
	open my $log, '<', $self->{log} or die "$self->{log}: $!";
	my @requests = map { $json->decode($_) } grep { /\n\z/ } <$log>;
	return grep {
		(!defined $of{method} || $_->{method} eq $of{method}) && (!defined $of{path} || index($_->{path}, $of{path}) == 0)
	} @requests;
}

sub stop
{
	my ($self) = @_;
	return if !delete $children{ $self->{pid} };
	kill 'KILL', $self->{pid};
	waitpid $self->{pid}, 0;
	return;
}

# ---- the process of the double ---------------------------------------------------------------------------

sub unescape
{
	my ($text) = @_;
	$text =~ tr/+/ /;
	$text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
	return $text;
}

# Takes a whole request off the buffer, undef while there is none.
sub take_request
{
	my ($buffer) = @_;
	return undef if $$buffer !~ /\r\n\r\n/;
	my $head = $`;
	my $rest = $';
	my ($line, @lines) = split /\r\n/, $head;
	my %headers = map { /^([^:]+):\s*(.*?)\s*$/ ? (lc $1 => $2) : () } @lines;
	my $length = $headers{'content-length'} // 0;
	return undef if length $rest < $length;
	$$buffer = substr $rest, $length;
	my ($method, $target) = split / /, $line;
	my ($path, $query) = split /\?/, $target, 2;
	my $body = substr $rest, 0, $length;
	return {
		method => $method,
		path => $path,
		query => { map { my ($name, $value) = split /=/, $_, 2; (unescape($name) => unescape($value // '')) } split /&/, $query // '' },
		headers => \%headers,
		body => $body,
		json => scalar eval { $json->decode($body) },
		at => time,
	};
}

sub fault_for
{
	my ($self, $request) = @_;
	return locked($self->{faults}, sub {
		my @lines = @_;
		for my $i (0 .. $#lines)
		{
			my $fault = $json->decode($lines[$i]);
			next if defined $fault->{method} && $fault->{method} ne $request->{method};
			next if defined $fault->{path} && index($request->{path}, $fault->{path}) != 0;
			splice @lines, $i, 1;
			return (\@lines, $fault);
		}
		return (undef, undef);
	});
}

sub bytes_of
{
	my ($answer) = @_;
	my $body = defined $answer->{json} ? $json->encode($answer->{json})
		: defined $answer->{hex} ? pack('H*', $answer->{hex})
		: $answer->{deep} ? '[' x $answer->{deep} . ']' x $answer->{deep}
		: $answer->{body} // '';
	$body = ' ' x $answer->{blanks} . $body if $answer->{blanks};
	my %headers = ('Content-Type' => 'application/json', 'Content-Length' => length $body, %{ $answer->{headers} // {} });
	return "HTTP/1.1 $answer->{status} Double\r\n" . join('', map { "$_: $headers{$_}\r\n" } sort keys %headers) . "\r\n" . $body;
}

# The bytes to send and when, undef for none; or 'cut'.
sub answer_to
{
	my ($self, $service, $request, $log) = @_;
	# asked by the test, not by who is tested
	return { at => 0, bytes => bytes_of($service->($request)) } if $request->{path} =~ m{^/double/};
	my $fault = fault_for($self, $request);
	my $answer = $fault && !$fault->{after} ? $fault : $service->($request);
	$answer = { %$fault, status => $fault->{status} // $answer->{status} } if $fault;
	$log->print($json->encode({ %$request, status => $fault && ($fault->{cut} || $fault->{hang}) ? 0 : $answer->{status} }) . "\n");
	return 'cut' if $answer->{cut};
	return undef if $answer->{hang};
	return { at => time + ($answer->{delay} // 0), bytes => bytes_of($answer) };
}

sub serve
{
	my ($self, $listener, $service) = @_;
	my $readers = IO::Select->new($listener);
	my %connections;
	open my $log, '>>', $self->{log} or die "$self->{log}: $!";
	$log->autoflush(1);
	$SIG{PIPE} = 'IGNORE';

	my $close = sub {
		my ($handle) = @_;
		$readers->remove($handle);
		delete $connections{$handle};
		close $handle;
	};
	while (1)
	{
		my @late = grep { @{ $_->{out} } } values %connections;
		my ($readable, $writable) = IO::Select->select($readers,
			IO::Select->new(map { $_->{handle} } grep { $_->{out}[0]{at} <= time } @late), undef, @late ? 0.01 : 0.5);
		for my $handle (@{ $readable // [] })
		{
			if ($handle == $listener)
			{
				my $new = $listener->accept or next;
				$new->blocking(0);
				$readers->add($new);
				$connections{$new} = { handle => $new, in => '', out => [] };
				next;
			}
			my $connection = $connections{$handle};
			my $got = sysread $handle, $connection->{in}, 65536, length $connection->{in};
			if (!$got)
			{
				$close->($handle) if defined $got || !$!{EAGAIN};
				next;
			}
			while (my $request = take_request(\$connection->{in}))
			{
				my $answer = answer_to($self, $service, $request, $log);
				next if !defined $answer;
				if ($answer eq 'cut')
				{
					$close->($handle);
					last;
				}
				push @{ $connection->{out} }, $answer;
			}
		}
		for my $handle (@{ $writable // [] })
		{
			my $connection = $connections{$handle} or next;
			my $out = $connection->{out}[0] or next;
			my $sent = syswrite $handle, $out->{bytes};
			if (!defined $sent)
			{
				$close->($handle) if !$!{EAGAIN};
				next;
			}
			substr $out->{bytes}, 0, $sent, '';
			shift @{ $connection->{out} } if $out->{bytes} eq '';
		}
	}
}

1;
