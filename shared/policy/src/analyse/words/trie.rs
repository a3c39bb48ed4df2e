//! The automaton of a pattern. Alternatives share their beginnings, so that a list of thousands of
//! literals is in one state at a time. A state is a sorted list of live nodes.

use super::{
    class::{Class, kind_of},
    pattern::Token,
};
use crate::condition::{lower, upper};

/// The live nodes, ascending.
pub(crate) type State = Vec<u32>;

/// Nodes in the order of a walk that goes down first: the nodes below `n` are `n + 1 .. end(n)`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    /// The children of all nodes, those of one node together, sorted by token.
    children: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Node {
    /// What leads here; the root has none.
    token: Option<Token>,
    /// A word may end here.
    ends: bool,
    /// The first node that is not below this one.
    end: u32,
    first_child: u32,
    child_count: u32,
    /// Nodes of one chain follow each other without a branch and without an end between them.
    chain: u32,
}

impl Trie {
    /// The trie of sorted alternatives.
    pub(crate) fn of(alternatives: &[Vec<Token>]) -> Self {
        if alternatives.is_empty() {
            return Self::default();
        }
        let mut trie = Self { nodes: vec![Node::new(None)], children: Vec::new() };
        let mut parents: Vec<u32> = vec![0];
        let mut path: Vec<u32> = vec![0];
        let mut previous: &[Token] = &[];
        for tokens in alternatives {
            let shared = tokens.iter().zip(previous).take_while(|(a, b)| a == b).count();
            while path.len() > shared + 1 {
                trie.close(path.pop());
            }
            for token in tokens.iter().skip(shared) {
                let at = number(trie.nodes.len());
                parents.push(path.last().copied().unwrap_or(0));
                path.push(at);
                trie.nodes.push(Node::new(Some(*token)));
            }
            if let Some(last) = trie.node_mut(path.last().copied().unwrap_or(0)) {
                last.ends = true;
            }
            previous = tokens;
        }
        while let Some(node) = path.pop() {
            trie.close(Some(node));
        }
        trie.link(&parents);
        trie
    }

    fn close(&mut self, node: Option<u32>) {
        let end = number(self.nodes.len());
        if let Some(node) = node.and_then(|n| self.node_mut(n)) {
            node.end = end;
        }
    }

    /// Lists the children of every node, and finds the chains.
    fn link(&mut self, parents: &[u32]) {
        for parent in parents.iter().skip(1) {
            if let Some(node) = self.node_mut(*parent) {
                node.child_count += 1;
            }
        }
        let mut first = 0;
        for node in &mut self.nodes {
            node.first_child = first;
            first += node.child_count;
            node.child_count = 0;
        }
        self.children = vec![0; self.nodes.len().saturating_sub(1)];
        for (at, parent) in parents.iter().enumerate().skip(1) {
            let Some(node) = self.node_mut(*parent) else { continue };
            let slot = node.first_child + node.child_count;
            node.child_count += 1;
            if let Some(slot) = index(slot).and_then(|slot| self.children.get_mut(slot)) {
                *slot = number(at);
            }
        }
        for (at, parent) in parents.iter().enumerate() {
            let continued = at > 0 && self.node(*parent).is_some_and(|p| p.child_count == 1 && !p.ends);
            let chain = if continued { self.node(*parent).map_or(0, |p| p.chain) } else { number(at) };
            if let Some(node) = self.nodes.get_mut(at) {
                node.chain = chain;
            }
        }
    }

    pub(crate) fn start(&self) -> State {
        let mut state = State::new();
        if !self.nodes.is_empty() {
            self.enter(0, &mut state);
            self.settle(&mut state);
        }
        state
    }

    pub(crate) fn step(&self, state: &[u32], c: char, generous: bool, next: &mut State) {
        let kind = kind_of(c);
        for &at in state {
            let Some(node) = self.node(at) else { continue };
            if generous && kind == Class::VARIABLE {
                next.extend(at..node.end);
                continue;
            }
            if self.loops(node).is_some_and(|class| class.includes(kind)) {
                self.enter(at, next);
            }
            self.step_children(node, c, kind, next);
        }
        self.settle(next);
    }

    /// Literals come first among the children, then the few others.
    fn step_children(&self, node: &Node, c: char, kind: Class, next: &mut State) {
        let children = self.children(node);
        if let Ok(found) = children.binary_search_by(|child| self.token(*child).cmp(&Some(Token::Literal(c))))
            && let Some(child) = children.get(found)
        {
            self.enter(*child, next);
        }
        for &child in children.iter().rev() {
            match self.token(child) {
                Some(Token::AnyCase(own)) if own == lower(c) => self.enter(child, next),
                Some(Token::One(class)) if class.includes(kind) => self.enter(child, next),
                Some(Token::AnyCase(_) | Token::One(_) | Token::Many(_)) => {}
                Some(Token::Literal(_)) | None => break,
            }
        }
    }

    /// Reads a token as a letter that stands for all characters it can be.
    pub(crate) fn step_token(&self, state: &[u32], token: Token, next: &mut State) {
        let class = match token {
            Token::AnyCase(c) => kind_of(c).and(kind_of(upper(c))),
            Token::One(class) | Token::Many(class) => class,
            Token::Literal(c) => return self.step(state, c, false, next),
        };
        for &at in state {
            let Some(node) = self.node(at) else { continue };
            if self.loops(node).is_some_and(|own| own.includes(class)) {
                self.enter(at, next);
            }
            if let Token::Many(_) = token {
                continue;
            }
            for &child in self.children(node) {
                match self.token(child) {
                    Some(Token::One(own)) if own.includes(class) => self.enter(child, next),
                    Some(own @ Token::AnyCase(_)) if own == token => self.enter(child, next),
                    Some(Token::Literal(_) | Token::AnyCase(_) | Token::One(_) | Token::Many(_)) | None => {}
                }
            }
        }
        self.settle(next);
    }

    pub(crate) fn accepts(&self, node: u32) -> bool {
        self.node(node).is_some_and(|node| node.ends)
    }

    pub(crate) fn accepts_everything(&self, node: u32) -> bool {
        self.node(node).is_some_and(|node| node.ends && self.loops(node) == Some(Class::TEXT))
    }

    pub(crate) fn readable(&self, node: u32, each: &mut impl FnMut(Token)) {
        let Some(node) = self.node(node) else { return };
        if let Some(class) = self.loops(node) {
            each(Token::Many(class));
        }
        for &child in self.children(node) {
            if let Some(token) = self.token(child).filter(|token| !matches!(token, Token::Many(_))) {
                each(token);
            }
        }
    }

    /// Makes a node live, and the stars right behind it, which may be empty.
    fn enter(&self, node: u32, state: &mut State) {
        let from = state.len();
        state.push(node);
        let mut at = from;
        while let Some(node) = state.get(at).and_then(|n| self.node(*n)) {
            for &child in self.children(node).iter().rev() {
                match self.token(child) {
                    Some(Token::Many(_)) => state.push(child),
                    Some(Token::Literal(_) | Token::AnyCase(_) | Token::One(_)) | None => break,
                }
            }
            at += 1;
        }
    }

    /// Sorts the state and drops what a later any-star of the same chain makes superfluous (greedy
    /// matching is complete for globs); a star at an end leaves nothing else to know.
    fn settle(&self, state: &mut State) {
        if let Some(everything) = state.iter().copied().find(|node| self.accepts_everything(*node)) {
            state.clear();
            state.push(everything);
            return;
        }
        if state.len() < 2 {
            return;
        }
        state.sort_unstable();
        state.dedup();
        let mut starred: Option<u32> = None;
        for at in (0..state.len()).rev() {
            let Some(node) = state.get(at).and_then(|n| self.node(*n)) else { continue };
            if starred == Some(node.chain) {
                state.remove(at);
            } else if self.loops(node) == Some(Class::TEXT) {
                starred = Some(node.chain);
            }
        }
    }

    fn loops(&self, node: &Node) -> Option<Class> {
        match node.token {
            Some(Token::Many(class)) => Some(class),
            Some(Token::Literal(_) | Token::AnyCase(_) | Token::One(_)) | None => None,
        }
    }

    fn children(&self, node: &Node) -> &[u32] {
        let range = index(node.first_child).zip(index(node.first_child + node.child_count));
        range.and_then(|(from, to)| self.children.get(from..to)).unwrap_or_default()
    }

    fn token(&self, node: u32) -> Option<Token> {
        self.node(node)?.token
    }

    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(index(at)?)
    }

    fn node_mut(&mut self, at: u32) -> Option<&mut Node> {
        self.nodes.get_mut(index(at)?)
    }
}

impl Node {
    const fn new(token: Option<Token>) -> Self {
        Self { token, ends: false, end: 0, first_child: 0, child_count: 0, chain: 0 }
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn index(at: u32) -> Option<usize> {
    usize::try_from(at).ok()
}
