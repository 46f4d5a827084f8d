=head1 NAME

CampaignPage - the SQL of a page of documentation, and what it shows as its output

=head1 SYNOPSIS

  my $page = CampaignPage->read('docs/cookbook.md');
  my @problems = $page->run($node);      # none: all is as shown
  print $page->renewed;                  # the page with the output that came

=cut

package CampaignPage;

use strict;
use warnings;

use Cwd qw(abs_path);
use IPC::Run ();

# A block of SQL is run as it stands; one of text, or a picture of Mermaid, that follows it, with nothing but blank lines between, is all
# that it prints. In comments, which no reader of the page sees, stand what is run beside and what is not run:
#
#   <!-- prepare: test/documents/virtual.sql -->      a file
#   <!-- prepare                                      or lines of SQL
#   CALL campaign.run_to('2026-03-09 08:00');
#   -->
#   <!-- not run: it names the reader's own server -->
sub read
{
	my ($class, $file) = @_;
	open my $in, '<:encoding(UTF-8)', $file or die "could not read $file: $!";
	local $/;
	my $self = bless { file => $file, pieces => [], skipped => 0, shown => 0 }, $class;
	$self->_cut(scalar <$in>);
	return $self;
}

# The page as pieces {kind, text, line}: joined, their texts are the page.
sub _cut
{
	my ($self, $text) = @_;
	my ($line, $skip) = (1, 0);
	while ($text =~ /\G(<!-- prepare: [^\n]*-->\n|<!-- prepare\n.*?^-->\n|<!-- not run: [^\n]*-->\n|```sql\n.*?^```\n|```(?:text|mermaid)\n.*?^```\n|[^\n]*\n)/msgc)
	{
		my $piece = { text => $1, line => $line, kind => 'prose' };
		$line += $1 =~ tr/\n//;
		if ($piece->{text} =~ /^<!-- not run/) { $skip = 1 }
		elsif ($piece->{text} =~ /^<!-- prepare/) { $piece->{kind} = 'prepare' }
		elsif ($piece->{text} =~ /^```sql\n/)
		{
			$piece->{kind} = $skip ? 'skipped' : 'sql';
			$self->{skipped}++ if $skip;
			$self->{shown}++;
			$skip = 0;
		}
		elsif ($piece->{text} =~ /^```(?:text|mermaid)\n/ && $self->_follows_sql) { $piece->{kind} = 'output' }
		push @{ $self->{pieces} }, $piece;
	}
	return;
}

# Is the last piece, but for blank lines, a block that is run?
sub _follows_sql
{
	my ($self) = @_;
	my ($last) = grep { $_->{text} =~ /\S/ } reverse @{ $self->{pieces} };
	return $last && $last->{kind} eq 'sql';
}

sub file { return $_[0]{file} }
sub shown { return $_[0]{shown} }
sub skipped { return $_[0]{skipped} }

# What the piece is to psql.
sub _commands
{
	my ($piece) = @_;
	return $1 if $piece->{text} =~ /^```sql\n(.*)^```\n\z/ms;
	return "\\i " . abs_path($1) . "\n" if $piece->{text} =~ /^<!-- prepare: (\S+) -->/;
	return $1 if $piece->{text} =~ /^<!-- prepare\n(.*)-->\n\z/ms;
	return '';
}

=head1 METHODS

=over

=item run($node)

Runs all of the page in one session of psql, in a new database, and returns what is not as it should be, a string each.

=cut

sub run
{
	my ($self, $node) = @_;
	my $database = lc 'page_' . ($self->{file} =~ s/\W/_/gr);
	my @run = grep { $_->{kind} =~ /^(?:sql|prepare)$/ } @{ $self->{pieces} };
	return if !@run;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	my $script = join '', map { "\\echo ---- piece $_\n" . _commands($run[$_]) } 0 .. $#run;
	my $printed = '';
	utf8::encode($script);
	IPC::Run::run([ 'psql', '-X', '-q', '-d', $node->connstr($database) ],
		'<', \$script, '>', \$printed, '2>&1', IPC::Run::timeout(120));
	utf8::decode($printed);
	$run[$1]{printed} = $2 while $printed =~ /^---- piece (\d+)\n(.*?)(?=^---- piece \d|\z)/msg;
	return $self->_compare;
}

# Output is compared but for blank lines and blanks at the ends of lines.
sub _lines
{
	my ($text) = @_;
	return join '', map { "$_\n" } grep { /\S/ } map { s/\s+$//r } split /\n/, $text;
}

sub _compare
{
	my ($self) = @_;
	my ($before, @problems);
	for my $piece (@{ $self->{pieces} })
	{
		if ($piece->{kind} eq 'output')
		{
			$before->{compared} = 1;
			my ($fence, $wanted) = $piece->{text} =~ /^(```\w+\n)(.*)^```\n\z/ms;
			my $got = $before->{printed} // '';
			next if _lines($got) eq _lines($wanted);
			push @problems, "$self->{file}, line $piece->{line}: not what comes, which is\n$got";
			$piece->{text} = $fence . _lines($got) . "```\n";
		}
		$before = $piece if $piece->{kind} eq 'sql';
	}
	# where no output is shown there may be any, but no error
	for my $piece (grep { $_->{kind} =~ /^(?:sql|prepare)$/ && !$_->{compared} } @{ $self->{pieces} })
	{
		push @problems, "$self->{file}, line $piece->{line}: " . ($piece->{printed} // 'it was not reached')
			if !defined $piece->{printed} || $piece->{printed} =~ /^(?:ERROR|FATAL|invalid|\\\w+: )|error:/m;
	}
	return @problems;
}

=item renewed()

The page, with the output that came at the last run.

=back

=cut

sub renewed
{
	my ($self) = @_;
	return join '', map { $_->{text} } @{ $self->{pieces} };
}

1;
