=head1 NAME

CampaignTest - what the TAP tests of campaign share

=head1 SYNOPSIS

  use CampaignTest;

  my $node = new_node('campaign.recheck' => '1s');
  my $sink = start_sink('--idempotent');
  $node->safe_psql('postgres', 'CREATE EXTENSION campaign');
  ...
  poll_until($node, 'SELECT count(*) FROM campaign.queue', '0', 20)
    or diag('the queue did not become empty');
  is(scalar(my @requests = $sink->requests), 10, 'each was delivered');
  $sink->stop;
  $node->stop('fast');
  done_testing();

Nodes and sinks that a test leaves running are ended with it, each by its own
process id. There are no pauses of a fixed length: poll, with a limit.

Whatever a test sends is held against what is promised (CampaignOracle), without
being asked for: whenever a server is stopped in order, and at the end those
that run still. The last test of each file says what was found.

=cut

package CampaignTest;

use strict;
use warnings;

use Exporter 'import';
use CampaignOracle ();
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(new_node start_sink poll_until wait_until audit except);

my $nodes = 0;
my @sinks;
my (@receivers, @audited, %broken, %excepted);

=head1 FUNCTIONS

=over

=item new_node(%settings)

A started server that preloads campaign, reached by its Unix socket only.
Settings are added to postgresql.conf. The key C<init> is no setting: its hash
goes to C<PostgreSQL::Test::Cluster::init>, as C<< init => {allows_streaming => 1} >>;
nor is C<install_path>, another installation than that of the tests.

=cut

sub new_node
{
	my (%settings) = @_;
	my $init = delete $settings{init} // {};
	my %place = map { $_ => delete $settings{$_} } grep { exists $settings{$_} } 'install_path';
	my %all = (
		shared_preload_libraries => 'campaign',
		max_worker_processes => 16,
		max_connections => 50,
		shared_buffers => '32MB',
		# One that a test kills comes back, as it would for a user.
		restart_after_crash => 'on',
		# Gateways and mail servers of the tests are here.
		'campaign.private_networks' => '127.0.0.0/8, ::1',
		# What the workers do is the subject; thousands of statements hide it.
		log_statement => 'none',
		%settings);

	my $node = PostgreSQL::Test::Cluster->new('node' . ++$nodes, %place);
	$node->init(%$init);
	$node->append_conf('postgresql.conf', "$_ = '" . ($all{$_} =~ s/'/''/gr) . "'") for sort keys %all;
	$node->start;
	return $node;
}

=item poll_until($node, $sql, $expected, $seconds)

Asks until the answer is $expected; true if that came within $seconds (20 when
not given), else false, with the last answer as a diagnostic.

=cut

sub poll_until
{
	my ($node, $sql, $expected, $seconds) = @_;
	my ($answer, $error) = ('', '');
	my $found = wait_until(
		sub {
			# where servers are killed, psql may be gone before it has read what it is given
			eval { $node->psql('postgres', $sql, stdout => \$answer, stderr => \$error, timeout => 60) };
			return $answer eq $expected;
		},
		$seconds);
	diag("expected '$expected', last seen '$answer' $error from: $sql") if !$found;
	return $found;
}

=item wait_until($code, $seconds)

Calls $code until it is true; false when that did not come within $seconds (20
when not given).

=cut

sub wait_until
{
	my ($code, $seconds) = @_;
	my $limit = time + ($seconds // 20);
	while (!$code->())
	{
		return 0 if time >= $limit;
		sleep 0.05;
	}
	return 1;
}

=item start_sink(@arguments)

Starts test/sink, the HTTP receiver, on a free port of 127.0.0.1, and returns
it when it listens. The arguments are options of the sink, as --idempotent.

=cut

sub start_sink
{
	my (@arguments) = @_;
	my $program = $ENV{CAMPAIGN_SINK} // 'build/sink/sink';
	my $place = PostgreSQL::Test::Utils::tempdir('sink');
	my $self = bless {
		log => "$place/requests.log",
		output => "$place/output",
	}, __PACKAGE__ . '::Sink';

	-x $program or die "no sink at $program: 'make -C test/sink' builds it";
	$self->{process} = IPC::Run::start([ $program, '--log', $self->{log}, @arguments ],
		'<', '/dev/null', '>', $self->{output}, '2>&1');
	push @sinks, $self;
	receives($self);
	wait_until(sub { ($self->{port}) = slurp_file($self->{output}) =~ /(\d+)\n/ }, 10)
		or die 'the sink does not listen: ' . slurp_file($self->{output});
	return $self;
}

=item receives($receiver)

Has the log of this receiver looked at, too: it has a C<log>, a C<port>, and
C<taking($line)>, the fields of a line.

=item audit($node)

Holds what has been sent so far against what is promised, now: for tests that
drop what would tell, or that measure how long C<< $node->stop('fast', audited => 1) >> takes.

=item except($invariant, $reason)

What this test breaks on purpose, as 'I5', and why.

=back

=cut

sub receives { push @receivers, $_[0]; return; }

sub except
{
	my ($invariant, $reason) = @_;
	$excepted{$invariant} = $reason;
	return;
}

sub audit
{
	my ($node) = @_;
	return if !@receivers;
	my $found = eval { CampaignOracle::broken($node, @receivers) } or return diag("it could not be looked at: $@");
	push @audited, $node->name;
	for my $invariant (keys %$found)
	{
		my ($short) = $invariant =~ /^(\w+)/;
		push @{ $broken{$invariant} }, map { $node->name . ": $_" } @{ $found->{$invariant} } if !$excepted{$short};
	}
	return;
}

# Does it answer, and may it be asked for rows?
sub is_up
{
	my ($node) = @_;
	my $answer = '';
	eval { $node->psql('postgres', 'SELECT pg_is_in_recovery()', stdout => \$answer, stderr => \my $error, timeout => 10) };
	return $answer eq 'f';
}

{
	no warnings 'redefine';
	my $stop = \&PostgreSQL::Test::Cluster::stop;
	my %seen;

	*PostgreSQL::Test::Cluster::stop = sub {
		my ($node, $mode, %how) = @_;
		$seen{$node} = $node;
		audit($node) if ($mode // 'fast') eq 'fast' && !$how{audited} && is_up($node);
		goto &$stop;
	};
	my $start = \&PostgreSQL::Test::Cluster::start;
	*PostgreSQL::Test::Cluster::start = sub { $seen{ $_[0] } = $_[0]; goto &$start; };

	my $done = \&Test::Builder::done_testing;
	*Test::Builder::done_testing = sub {
		my ($builder) = @_;
		if (@receivers && $builder == Test::More->builder)
		{
			audit($_) for grep { is_up($_) } values %seen;
			my @phantoms = CampaignOracle::phantoms();
			$broken{'I3 phantom'} = \@phantoms if @phantoms && !$excepted{I3};
			note("excepted: $_, $excepted{$_}") for sort keys %excepted;
			is_deeply(\%broken, {}, 'what was sent keeps I1 to I11, on ' . join ', ', @audited) or diag(explain(\%broken));
			isnt(scalar @audited, 0, 'which was looked at');
		}
		goto &$done;
	};
}

END
{
	my $status = $?;
	$_->stop for @sinks;
	$? = $status;
}

=head1 METHODS OF A SINK

=over

=item port, url($path), log

Where it listens, as a number and as an address, and the file of its requests.
The path says how it behaves: see test/sink/answer.h.

=item taking($line)

Time, connection, method, path, key, status and body of a line of its log.

=item requests

What it was sent, in order: a hash for each request with time (microseconds),
connection, method, path, key, status (or a word, as "repeat") and body.

=item stop

Ends it and waits until it is gone. Harmless when it has ended.

=back

=cut

package CampaignTest::Sink;

use strict;
use warnings;

sub port { return $_[0]{port}; }

sub url
{
	my ($self, $path) = @_;
	return "http://127.0.0.1:$self->{port}" . ($path // '/ok');
}

sub log { return $_[0]{log}; }

sub taking { return split / /, $_[1], 7; }

sub requests
{
	my ($self) = @_;
	return if !-e $self->{log};
	my @requests;
	for my $line (split /\n/, PostgreSQL::Test::Utils::slurp_file($self->{log}))
	{
		my %request;
		@request{qw(time connection method path key status body)} = $self->taking($line);
		push @requests, \%request;
	}
	return @requests;
}

sub stop
{
	my ($self) = @_;
	my $process = delete $self->{process} or return;
	$process->kill_kill(grace => 5);
	return;
}

1;
